"""Covers end by themselves, and give back what they were lent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from matching.types import Contact
from routing.types.decision import RoutingOutcome
from routing.types.people import RepId
from service.clocks.covers import Covers
from service.db import assignments, reps
from service.db.engine import Database
from service.db.upserts import Outcome
from service.decision import Decision
from service.records.reps import AbsenceRecord, RepRecord
from tests.service.organisation import MONDAY, Organisation, organisation

LEAVE = (MONDAY + timedelta(days=1), MONDAY + timedelta(days=8))


def away(handback: str | None = None, cover: str = "ana", until: int = 0) -> AbsenceRecord:
    start, end = LEAVE
    said = {"from": start, "until": end + timedelta(days=until), "cover": cover, "handback": handback}
    return AbsenceRecord.model_validate(said)


def on_leave(org: Organisation, *absences: AbsenceRecord) -> None:
    with org.database.write() as connection:
        reps.upsert(connection, [RepRecord(external_id="dan", absences=list(absences))], org.clock())


def lent(org: Organisation, person: str = "dana") -> Decision:
    """A contact of Dan's account, that comes while he is away."""
    contact = Contact(email=f"{person}@northwind-robotics.com", company="Northwind Robotics")
    return org.decide(contact, f"event-{person}")


def holder(org: Organisation, decision: Decision) -> tuple[str, str | None]:
    with org.database.read() as connection:
        assert decision.assignment is not None
        found = assignments.get(connection, decision.assignment.id)
        assert found is not None
        active = assignments.active(connection, [found.contact_row])
    return active[found.contact_row].rep, active[found.contact_row].covers


def covers(org: Organisation) -> Covers:
    return Covers(org.database, org.flow, clock=org.clock, new_id=org.new_id)


@pytest.fixture
def org(database: Database) -> Organisation:
    return organisation(database)


def test_what_was_lent_goes_back_when_the_absence_is_over_and_only_once(org: Organisation) -> None:
    on_leave(org, away())
    org.clock.forward(days=2)
    decision = lent(org)
    assert (decision.routing.assignee, holder(org, decision)) == ("ana", ("ana", "dan"))
    covers(org).run()
    assert holder(org, decision) == ("ana", "dan")
    org.clock.now = LEAVE[1]
    for _ in range(2):
        covers(org).run()
    assert holder(org, decision) == ("dan", None)
    known = Contact(email="dana@northwind-robotics.com", company="Northwind Robotics")
    again = org.decide(known, "later")
    assert again.routing.outcome is RoutingOutcome.ASSIGNED and again.routing.assignee == "dan"


def test_an_absence_that_is_cancelled_ends_the_cover_at_once(org: Organisation) -> None:
    on_leave(org, away())
    org.clock.forward(days=2)
    decision = lent(org)
    on_leave(org)
    covers(org).run()
    assert holder(org, decision) == ("dan", None)


def test_what_the_absence_says_of_handing_back_counts(org: Organisation) -> None:
    on_leave(org, away("untouched"))
    org.clock.forward(days=2)
    begun, fresh = lent(org, "dana"), lent(org, "don")
    assert begun.assignment is not None
    org.desk.accept(begun.assignment.id)
    org.clock.now = LEAVE[1]
    covers(org).run()
    assert (holder(org, begun), holder(org, fresh)) == (("ana", None), ("dan", None))


def test_what_stays_is_lent_no_longer(org: Organisation) -> None:
    on_leave(org, away("stay"))
    org.clock.forward(days=2)
    decision = lent(org)
    org.clock.now = LEAVE[1]
    covers(org).run()
    assert holder(org, decision) == ("ana", None)


def test_covers_in_a_circle_are_refused_and_nothing_of_the_record_is_stored(org: Organisation) -> None:
    with org.database.write() as connection:
        ana = RepRecord(external_id="ana", absences=[away(cover="dan")])
        dan = RepRecord(external_id="dan", name="Daniel", absences=[away(cover="ana")])
        first, second = (reps.upsert(connection, [each], org.clock())[0] for each in (ana, dan))
        known = reps.by_id(connection, [RepId("dan")])[RepId("dan")]
    assert first.outcome is Outcome.UPDATED
    assert (second.outcome, second.field) == (Outcome.REFUSED, "absences")
    assert second.problem == "the covers go in a circle at one time: dan → ana → dan"
    assert (known.name, known.absences) == ("Dan", ())
