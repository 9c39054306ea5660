"""The demo shows what it says it shows: every contact's decision is the one its file expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from routing.types.decision import RoutingOutcome
from service.db import accounts
from service.db.engine import Database
from service.db.program import nominations, quarters
from service.decision import Decision
from service.demo.load import Arrival, load
from service.program.board import board

WEDNESDAY = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)
SUNDAY = datetime(2027, 1, 3, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("now", [WEDNESDAY, SUNDAY], ids=["a Wednesday morning", "a Sunday night"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_shows_what_it_says(database: Database, now: datetime) -> None:
    loaded = load(database, now, lambda: str(uuid4()))
    _check_situations(loaded)
    _check_program(database, now)
    _check_former_owners(database)


def _check_situations(loaded: Sequence[tuple[Arrival, Decision]]) -> None:
    """Every contact's decision is as expected, and every outcome is among them."""
    wrong = {
        arrival.incoming.contact.external_id: {
            name: (wanted, got[name]) for name, wanted in arrival.expected.items() if wanted != got[name]
        }
        for arrival, decision in loaded
        if (got := _summary(decision))
        and any(got[name] != wanted for name, wanted in arrival.expected.items())
    }
    assert wrong == {}
    outcomes = Counter(decision.routing.outcome for _, decision in loaded)
    assert set(outcomes) == set(RoutingOutcome) - {RoutingOutcome.SUPERSEDED}
    assert outcomes[RoutingOutcome.ASSIGNED] > 25


def _check_program(database: Database, now: datetime) -> None:
    """The program is in its second quarter, and the window for the third is open."""
    with database.read() as connection:
        seen = board(connection, now)
        nominated = nominations.of_quarter(connection, seen.upcoming.name)
        [begun] = quarters.newest(connection)
    assert seen.window
    assert (seen.places_now.taken, seen.places_next.taken) == (6, 8)
    states = [(each.state.value, each.place) for each in nominated]
    wanted = [*[("approved", None)] * 8, ("waitlisted", 1), ("waitlisted", 2)]
    assert states == [*wanted, ("nominated", None), ("nominated", None), ("declined", None)]
    assert begun.summary["left"] == ["ACC-1012", "ACC-1016"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_it_loads_on_the_other_database_too(database: Database) -> None:
    load(database, WEDNESDAY, lambda: str(uuid4()))
    _check_former_owners(database)


def _check_former_owners(database: Database) -> None:
    """Who owned an account before is on record."""
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
