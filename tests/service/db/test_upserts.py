"""service/db/upserts.py, by opportunities and activities: the plain case of one table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from service.db import activities, opportunities
from service.db.engine import Database
from service.records.activities import ActivityRecord
from service.records.opportunities import OpportunityRecord

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def deal(external_id: str = "o", **said: Any) -> OpportunityRecord:
    return OpportunityRecord.model_validate({"external_id": external_id, **said})


def test_created_updated_unchanged_refused(database: Database) -> None:
    with database.write() as connection:
        records = [
            deal(account_id="a", amount=10.005),
            deal("p"),
            deal(stage="Won", won=True),
            deal(amount=None),
        ]
        stored = opportunities.upsert(connection, records, NOW)
        assert [each.outcome for each in stored] == ["created", "refused", "updated", "updated"]
        assert (stored[1].field, stored[1].problem) == (
            "account_id",
            "an opportunity needs the id of its account",
        )
        found = opportunities.get(connection, "o")
        assert found is not None
        assert (found.account_id, found.opportunity.amount, found.opportunity.won) == ("a", None, True)
        assert opportunities.upsert(connection, [deal(stage="Won")], NOW)[0].outcome == "unchanged"


def test_amounts_are_kept_to_the_cent(database: Database) -> None:
    said = deal(account_id="a", amount=1234567.89, opened_at="2026-01-01T00:00:00+01:00")
    with database.write() as connection:
        opportunities.upsert(connection, [said], NOW)
        assert opportunities.upsert(connection, [said], NOW)[0].outcome == "unchanged"
        found = opportunities.get(connection, "o")
    assert found is not None
    assert found.opportunity.amount == 1234567.89
    assert found.opportunity.opened_at == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_pages_of_an_account(database: Database) -> None:
    with database.write() as connection:
        said = [deal(f"o{number}", account_id="ab"[number % 2]) for number in range(6)]
        opportunities.upsert(connection, said, NOW)
        first = opportunities.page(connection, account="b", limit=2)
        rest = opportunities.page(connection, account="b", after=first[-1].row)
        assert [each.opportunity.id for each in first + rest] == ["o1", "o3", "o5"]
        assert opportunities.remove(connection, "o1")
        assert not opportunities.remove(connection, "o1")


def test_activities(database: Database) -> None:
    said = ActivityRecord.model_validate(
        {
            "external_id": "t",
            "kind": "call",
            "direction": "both",
            "at": "2026-03-01T09:00:00Z",
            "contact_id": "c",
        }
    )
    with database.write() as connection:
        assert activities.upsert(connection, [said], NOW)[0].outcome == "created"
        assert activities.upsert(connection, [said], NOW)[0].outcome == "unchanged"
        late = ActivityRecord.model_validate({"external_id": "u", "kind": "call"})
        assert activities.upsert(connection, [late], NOW)[0].field == "direction"
        found = activities.get(connection, "t")
        assert found is not None
        assert (found.account_id, found.activity.contact_id, found.activity.kind) == (None, "c", "call")
        assert activities.remove(connection, "t")
        assert activities.get(connection, "t") is None
