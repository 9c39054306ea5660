"""service/db/facts.py: what the rules may ask, as it is at the moment of asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from matching.types import AccountId, Contact, MatchOutcome, MatchReason
from routing.types.facts import MatchFacts, Relation, RoutingFacts
from service.db import accounts, activities, facts, opportunities, reps
from service.db.engine import Database
from service.db.facts import FactsAsked
from service.db.tables import assignment, contact, decision
from service.records.accounts import AccountRecord
from service.records.activities import ActivityRecord
from service.records.opportunities import OpportunityRecord
from service.records.reps import RepRecord

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def matched(account_id: str | None) -> MatchFacts:
    outcome = MatchOutcome.MATCHED if account_id else MatchOutcome.UNMATCHED
    return MatchFacts(
        outcome=outcome,
        reason=MatchReason.CLEAR if account_id else MatchReason.NO_CANDIDATE,
        score=0.9,
        account_id=AccountId(account_id) if account_id else None,
    )


def asking(account_id: str | None = None, **known: Any) -> FactsAsked:
    given: dict[str, Any] = {"contact": Contact(), "email_domain": None, "contact_row": None, "email": None}
    return FactsAsked(match=matched(account_id), **(given | known))


def gathered(database: Database, *asked: FactsAsked) -> list[RoutingFacts]:
    with database.read() as connection:
        return facts.gather(connection, asked, NOW)


def store(database: Database, *records: Any) -> None:
    repositories = {
        AccountRecord: accounts,
        RepRecord: reps,
        OpportunityRecord: opportunities,
        ActivityRecord: activities,
    }
    with database.write() as connection:
        for record in records:
            repositories[type(record)].upsert(connection, [record], NOW)  # type: ignore[attr-defined]


def account(external_id: str, **said: Any) -> AccountRecord:
    return AccountRecord.model_validate(
        {"external_id": external_id, "name": f"Account {external_id}", **said}
    )


def assigned(
    connection: Connection, number: int, rep: str, days_ago: int, *, status: str = "completed", **who: Any
) -> int:
    """A contact that was assigned before; its row."""
    at = NOW - timedelta(days=days_ago)
    values = {"identity": f"x:{number}", "data": {}, "answers": {}, "occurred_at": at, "created_at": at}
    values |= {"updated_at": at, **who}
    columns = {name: value for name, value in values.items() if name in contact.c}
    row: int = connection.execute(insert(contact).values(columns)).inserted_primary_key[0]  # type: ignore[index]
    taken = f"d{number}-{days_ago}"
    connection.execute(
        insert(decision).values(
            id=taken,
            event_key=taken,
            event_digest="",
            contact_id=row,
            at=at,
            match_outcome="matched",
            score=1.0,
            routing_outcome="assigned",
            policy_version="p",
            rulebook_version="r",
            body={},
        )
    )
    ended = None if status in ("assigned", "accepted") else at
    connection.execute(
        insert(assignment).values(
            id=f"s{number}",
            contact_id=row,
            decision_id=taken,
            rep=rep,
            status=status,
            assigned_at=at,
            ended_at=ended,
        )
    )
    return row


def test_the_account_as_it_is_now(database: Database) -> None:
    store(
        database,
        account(
            "a", country="DE", tier="growth", owner="ann", team={"sdr": "sue"}, custom={"industry": "steel"}
        ),
        account(
            "a",
            owner={"rep": "ben", "from": "2026-02-01T00:00:00Z"},
            tier={"tier": "key", "from": "2027-01-01T00:00:00Z"},
        ),
    )
    found = gathered(database, asking("a"))[0].account
    assert found is not None
    assert (found.owner, found.tier, found.country) == ("ben", "growth", "DE")
    assert found.owner_since == datetime(2026, 2, 1, tzinfo=UTC)
    assert found.team == {"SDR": "sue"}
    assert found.custom == {"industry": "steel"}


def test_a_likely_account_is_not_the_contacts_account(database: Database) -> None:
    store(database, account("a"))
    likely = MatchFacts(
        outcome=MatchOutcome.REVIEW, reason=MatchReason.UNCERTAIN, score=0.5, account_id=AccountId("a")
    )
    asked = FactsAsked(contact=Contact(), email_domain=None, match=likely, contact_row=None, email=None)
    assert gathered(database, asked)[0].account is None


def test_parents_nearest_first_even_in_a_circle(database: Database) -> None:
    store(
        database,
        account("a", parent_id="b"),
        account("b", parent_id="c"),
        account("c", parent_id="a"),
        account("z"),
    )
    found = gathered(database, asking("a"), asking("z"), asking("b"))
    assert [[each.id for each in one.ancestors] for one in found] == [["b", "c"], [], ["c", "a"]]


def test_opportunities_of_the_account_only(database: Database) -> None:
    opened = NOW - timedelta(days=9)
    store(
        database,
        account("a"),
        OpportunityRecord(
            external_id="o1", account_id="a", owner="ann", amount=1200.5, opened_at=opened, kind="new"
        ),
        OpportunityRecord(external_id="o2", account_id="b"),
    )
    deals = gathered(database, asking("a"))[0].opportunities
    assert [(deal.id, deal.owner, deal.amount, deal.opened_at, deal.won) for deal in deals] == [
        ("o1", "ann", 1200.5, opened, None)
    ]


def test_recent_activities_of_account_and_contact_newest_first(database: Database) -> None:
    def activity(number: int, days_ago: int, **on: str) -> ActivityRecord:
        at = NOW - timedelta(days=days_ago)
        return ActivityRecord(external_id=f"t{number}", kind="call", direction="both", at=at, rep="ann", **on)

    store(
        database,
        account("a"),
        activity(1, 5, account_id="a"),
        activity(2, 3, account_id="a", contact_id="c"),
        activity(3, 4, contact_id="c"),
        activity(4, 401, account_id="a"),
        activity(5, 1, account_id="other"),
    )
    one, other = gathered(database, asking("a", contact=Contact(external_id="c")), asking("a"))
    assert [each.id for each in one.activities] == ["t2", "t3", "t1"]
    assert [each.id for each in other.activities] == ["t2", "t1"]


def test_earlier_contacts_by_their_nearest_relation(database: Database) -> None:
    store(database, account("a"))
    with database.write() as connection:
        me = assigned(
            connection, 1, "ann", 30, status="rejected", email="me@acme.com", account="a", domain="acme.com"
        )
        assigned(connection, 2, "ben", 20, external_id="c2", account="a", domain="acme.com")
        assigned(connection, 3, "cyd", 10, email="x@acme.com", domain="acme.com")
        assigned(connection, 4, "dan", 5, email="me@acme.com", external_id="c4")
        assigned(connection, 5, "eve", 1, email="y@else.com", domain="else.com")
    asked = asking("a", contact_row=me, email="me@acme.com", email_domain="acme.com")
    found = gathered(database, asked)[0].earlier
    assert [(each.rep, each.relation, each.status) for each in found] == [
        ("dan", Relation.PERSON, "completed"),
        ("cyd", Relation.DOMAIN, "completed"),
        ("ben", Relation.ACCOUNT, "completed"),
        ("ann", Relation.PERSON, "rejected"),
    ]


def test_many_earlier_contacts_do_not_crowd_out_the_person(database: Database) -> None:
    store(database, account("a"))
    with database.write() as connection:
        me = assigned(connection, 0, "old", 300, email="me@acme.com")
        for number in range(1, 70):
            assigned(connection, number, "new", number, account="a")
    found = gathered(database, asking("a", contact_row=me, email="me@acme.com"))[0].earlier
    assert len(found) == facts.MAX_EARLIER
    assert (found[0].rep, found[-1].rep) == ("new", "old")


def test_who_works_the_contact_now(database: Database) -> None:
    with database.write() as connection:
        mine = assigned(connection, 1, "ann", 2, status="accepted")
        assigned(connection, 2, "ben", 1, status="assigned")
    one, other = gathered(database, asking(contact_row=mine), asking())
    assert one.holder is not None and (one.holder.rep, one.holder.assignment_id) == ("ann", "s1")
    assert other.holder is None


def test_every_rep_that_is_named_and_who_covers_for_them(database: Database) -> None:
    away = {"from": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z", "cover": "cyd"}
    store(
        database,
        *(RepRecord(external_id=name, name=name.title()) for name in ("ben", "cyd", "sue", "unused")),
        RepRecord.model_validate({"external_id": "ann", "name": "Ann", "absences": [away]}),
        account("a", owner="ann", team={"sdr": "sue", "csm": "nobody"}, parent_id="p"),
        account("p", owner="ben"),
    )
    one, other = gathered(database, asking("a"), asking("p"))
    assert list(one.reps) == ["ann", "ben", "cyd", "sue"]
    assert one.reps["ann"].absences[0].cover == "cyd"
    assert list(other.reps) == ["ben"]


def test_nothing_known(database: Database) -> None:
    found = gathered(database, asking(), asking("gone"))
    assert [each.account for each in found] == [None, None]
    assert found[0] == RoutingFacts(contact=Contact(), email_domain=None, match=matched(None))
