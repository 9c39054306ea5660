"""What waits for a time is looked at again when it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from matching.types import Contact
from routing.types.decision import RoutingOutcome
from service.db import decisions, waiting
from service.db.decisions import Filter
from service.db.engine import Database
from service.decision import Decision
from service.worker.holds import Holds
from tests.service.organisation import Organisation, organisation

TRIAL = Contact(email="kim@brio.com", company="Brio", source="trial")


def latest(database: Database) -> Decision:
    with database.read() as connection:
        return decisions.page(connection, Filter(), None, 1)[0]


def holds(found: Organisation) -> Holds:
    return Holds(found.database, found.desk.release, found.clock)


def test_a_hold_that_runs_out_is_decided_again(database: Database) -> None:
    found = organisation(database)
    assert found.decide(TRIAL, "e1").routing.outcome is RoutingOutcome.HELD
    worker = holds(found)
    found.clock.forward(days=3, seconds=-1)
    assert not worker.run()
    found.clock.forward(seconds=1)
    assert worker.run()
    assert latest(database).routing.outcome is RoutingOutcome.ASSIGNED
    assert not worker.run()


def test_one_that_fails_stops_no_other_and_is_tried_later(database: Database) -> None:
    found = organisation(database)
    bad = found.decide(TRIAL, "e1")
    good = found.decide(Contact(email="lee@corvo.com", company="Corvo", source="trial"), "e2")
    released: list[Sequence[str]] = []

    def release(ids: Sequence[str]) -> None:
        released.append(ids)
        if bad.id in ids:
            raise RuntimeError("the rule cannot be read")
        found.desk.release(ids)

    worker = Holds(database, release, found.clock)
    found.clock.forward(days=3)
    assert worker.run()
    assert released == [[bad.id, good.id], [bad.id], [good.id]]
    assert not worker.run()
    with database.read() as connection:
        (open_,) = waiting.open_of(connection, bad.id)
    assert (open_.decision_id, open_.due_at) == (bad.id, found.clock() + timedelta(minutes=1))
