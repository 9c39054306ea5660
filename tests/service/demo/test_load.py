"""The demo shows what it says it shows: every contact's decision is the one its file expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from routing.types import RoutingOutcome
from service.db import accounts
from service.db.engine import Database
from service.decision import Decision
from service.demo.load import Arrival, load

WEDNESDAY = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)
SUNDAY = datetime(2027, 1, 3, 22, 0, tzinfo=UTC)

Loaded = Sequence[tuple[Arrival, Decision]]


@pytest.fixture(params=[WEDNESDAY, SUNDAY], ids=["a Wednesday morning", "a Sunday night"])
def loaded(request: pytest.FixtureRequest, database: Database) -> Loaded:
    return load(database, request.param, lambda: str(uuid4()))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_contact_shows_its_situation(loaded: Loaded) -> None:
    wrong = {
        arrival.incoming.contact.external_id: {
            name: (wanted, got[name]) for name, wanted in arrival.expected.items() if wanted != got[name]
        }
        for arrival, decision in loaded
        if (got := _summary(decision))
        and any(got[name] != wanted for name, wanted in arrival.expected.items())
    }
    assert wrong == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_outcome_is_among_them(loaded: Loaded) -> None:
    outcomes = Counter(decision.routing.outcome for _, decision in loaded)
    assert set(outcomes) == set(RoutingOutcome) - {RoutingOutcome.SUPERSEDED}
    assert outcomes[RoutingOutcome.ASSIGNED] > 25


def test_it_loads_on_both_databases(database: Database) -> None:
    load(database, WEDNESDAY, lambda: str(uuid4()))
    with database.read() as connection:
        former = accounts.get(connection, "ACC-1157")
    assert former is not None
    assert [span.value for span in former.roles["OWNER"]] == ["rafael.moura", "marcus.bell"]


def _summary(decision: Decision) -> dict[str, str | None]:
    return {
        "match": decision.match.outcome.value,
        "account": decision.match.account_id,
        "outcome": decision.routing.outcome.value,
        "rule": decision.routing.rule,
        "rep": decision.routing.assignee,
    }
