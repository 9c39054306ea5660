"""What people and clocks do with decided contacts; doing it twice is doing it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from matching.types import Contact
from routing.types.decision import RoutingOutcome
from routing.types.people import RepId
from service.db import waiting
from service.db.assignments import Status
from service.db.engine import Database
from service.db.tables import assignment, pool, pool_member, turn
from service.decision import Decision
from service.doctor import examine
from service.problems import Conflict, Invalid, NotFound
from tests.service.organisation import RULEBOOK, Organisation, arriving, organisation, turns


@pytest.fixture
def org(database: Database) -> Organisation:
    return organisation(database)


def stranger(number: int, **said: Any) -> Contact:
    return Contact(external_id=f"c-{number}", email=f"p{number}@firm{number}.example", **said)


def customer(source: str) -> Contact:
    return Contact(email="dana@northwind-robotics.com", company="Northwind Robotics", source=source)


def assigned(org: Organisation, number: int = 1) -> tuple[Decision, str]:
    decision = org.decide(stranger(number), f"e{number}")
    assert decision.assignment is not None
    return decision, decision.assignment.id


def active_reps(org: Organisation) -> list[str]:
    with org.database.read() as connection:
        query = select(assignment.c.rep).where(assignment.c.ended_at.is_(None))
        return list(connection.execute(query).scalars())


def open_matters(org: Organisation, decision: Decision) -> list[str]:
    with org.database.read() as connection:
        return [wait.kind for wait in waiting.open_of(connection, decision.id)]


# --- accept and complete ------------------------------------------------------


def test_accepting_twice_is_accepting_once(org: Organisation) -> None:
    _, number = assigned(org)
    first = org.desk.accept(number)
    org.clock.forward(minutes=5)
    assert (first.status, org.desk.accept(number)) == (Status.ACCEPTED, first)


def test_completing_ends_the_assignment(org: Organisation) -> None:
    _, number = assigned(org)
    done = org.desk.complete(number, by="ops")
    assert (done.status, done.ended_by) == (Status.COMPLETED, "ops")
    assert org.desk.complete(number, by="someone else") == done
    assert active_reps(org) == []


def test_what_has_ended_cannot_be_accepted(org: Organisation) -> None:
    _, number = assigned(org)
    org.desk.complete(number, by="ops")
    with pytest.raises(Conflict, match="completed"):
        org.desk.accept(number)


def test_an_assignment_that_does_not_exist_is_not_found(org: Organisation) -> None:
    with pytest.raises(NotFound):
        org.desk.accept("nothing")


# --- reject -------------------------------------------------------------------


def test_a_rejected_contact_goes_to_someone_else_and_the_turn_comes_back(org: Organisation) -> None:
    first, number = assigned(org)
    again = org.desk.reject(number, "not my territory", by="ops")
    assert again.routing.outcome is RoutingOutcome.ASSIGNED
    assert again.routing.assignee != first.routing.assignee
    assert active_reps(org) == [again.routing.assignee]
    with org.database.read() as connection:
        credits = {row.rep: row.credit for row in connection.execute(select(pool_member))}
        ledger = [(row.kind, row.rep, row.reason) for row in connection.execute(select(turn))]
    assert credits[str(first.routing.assignee)] == -1
    assert ("give_back", first.routing.assignee, "rejected: not my territory") in ledger


def test_rejecting_twice_is_rejecting_once(org: Organisation) -> None:
    _, number = assigned(org)
    first = org.desk.reject(number, "no", by="ops")
    assert org.desk.reject(number, "no", by="ops") == first
    assert sum(turns(org.database).values()) == 2


def test_who_rejected_a_contact_does_not_get_it_again(org: Organisation) -> None:
    decision, number = assigned(org)
    had = {decision.routing.assignee}
    for _ in range(2):
        decision = org.desk.reject(number, "no", by="ops")
        assert decision.assignment is not None
        assert decision.routing.assignee not in had
        had.add(decision.routing.assignee)
        number = decision.assignment.id
    last = org.desk.reject(number, "no", by="ops")
    assert (last.routing.outcome, last.routing.code) == (RoutingOutcome.HELD, "nobody_available")


# --- reassign -----------------------------------------------------------------


def test_a_person_can_put_a_contact_in_other_hands(org: Organisation) -> None:
    first, number = assigned(org)
    moved = org.desk.reassign(number, RepId("dan"), "knows them", by="helena")
    assert (moved.routing.assignee, moved.routing.rule) == ("dan", None)
    assert moved.routing.hand is not None and moved.routing.hand.by == "helena"
    assert moved.routing.notify == (first.routing.assignee,)
    assert active_reps(org) == ["dan"]
    assert sum(turns(org.database).values()) == 1


def test_reassigning_twice_is_reassigning_once(org: Organisation) -> None:
    _, number = assigned(org)
    first = org.desk.reassign(number, RepId("dan"), "knows them", by="helena")
    assert org.desk.reassign(number, RepId("dan"), "knows them", by="helena") == first


def test_a_contact_cannot_go_to_nobody(org: Organisation) -> None:
    _, number = assigned(org)
    with pytest.raises(Invalid) as refused:
        org.desk.reassign(number, RepId("nobody"), "?", by="helena")
    assert refused.value.errors[0].pointer == "#/rep"
    assert len(active_reps(org)) == 1


def test_reassigning_keeps_what_was_learned_since_the_assignment_began(org: Organisation) -> None:
    first, number = assigned(org)
    org.clock.forward(minutes=5)
    said = Contact(external_id="c-1", company="Harbour Logistics Ltd", email="p1@harbourlogistics.co.uk")
    later = org.decide(said, "e2")
    assert (later.match.account_id, later.assignment) == ("A-2", first.assignment)
    moved = org.desk.reassign(number, RepId("dan"), "knows them", by="helena")
    assert (moved.match.account_id, moved.contact.company) == ("A-2", "Harbour Logistics Ltd")
    assert moved.occurred_at == later.occurred_at


def test_an_event_under_way_while_a_rep_rejects_is_not_stale(org: Organisation) -> None:
    _, number = assigned(org)
    happened = org.clock() + timedelta(minutes=1)
    org.clock.forward(minutes=2)
    org.desk.reject(number, "no", by="ops")
    org.clock.forward(minutes=1)
    late = org.decide(stranger(1, title="CTO"), "e2", happened)
    assert late.routing.outcome is RoutingOutcome.ASSIGNED
    assert late.contact.title == "CTO"


# --- questions ----------------------------------------------------------------


def test_an_answer_decides_anew(org: Organisation) -> None:
    asked = org.decide(customer("event"), "e1")
    assert (asked.routing.outcome, asked.routing.asked) == (RoutingOutcome.ASKED, "dan")
    answered = org.desk.answer(asked.id, "something new", by="dan")
    assert answered.routing.assignee in {"ana", "bo", "cleo"}
    assert open_matters(org, asked) == []


def test_an_answer_holds_for_later_events_of_the_contact(org: Organisation) -> None:
    asked = org.decide(customer("event"), "e1")
    answered = org.desk.answer(asked.id, "something new", by="dan")
    later = org.decide(customer("event"), "e2")
    assert later.routing.assignee == answered.routing.assignee and later.routing.kept


def test_an_answer_counts_until_the_contact_is_dealt_with(org: Organisation) -> None:
    asked = org.decide(customer("event"), "e1")
    answered = org.desk.answer(asked.id, "something new", "dan")
    assert answered.assignment is not None
    assert org.decide(customer("event"), "e2").routing.outcome is RoutingOutcome.ASSIGNED
    org.desk.complete(answered.assignment.id, "x")
    again = org.decide(customer("event"), "e3")  # another matter: the owner is asked again
    assert again.routing.outcome is RoutingOutcome.ASKED


def test_the_first_answer_to_a_question_stands(org: Organisation) -> None:
    asked = org.decide(customer("event"), "e1")
    answered = org.desk.answer(asked.id, "something new", by="dan")
    assert org.desk.answer(asked.id, "something new", by="helena") == answered
    with pytest.raises(Conflict, match="dan settled the matter first"):
        org.desk.answer(asked.id, "the contract", by="helena")


def test_only_the_question_s_own_answers_count(org: Organisation) -> None:
    asked = org.decide(customer("event"), "e1")
    with pytest.raises(Invalid) as refused:
        org.desk.answer(asked.id, "perhaps", by="dan")
    assert "the contract, something new" in refused.value.errors[0].detail
    assert open_matters(org, asked) == ["asked"]


def test_silence_decides_when_the_time_is_over(org: Organisation) -> None:
    asked = org.decide(customer("event"), "e1")
    assert org.desk.release([asked.id]) == []
    org.clock.forward(hours=24)
    [released] = org.desk.release([asked.id])
    assert released.routing.assignee in {"ana", "bo", "cleo"}
    assert org.desk.release([asked.id]) == []


# --- holds --------------------------------------------------------------------


def test_a_hold_ends_by_itself(org: Organisation) -> None:
    held = org.decide(stranger(1, source="trial"), "e1")
    assert (held.routing.outcome, open_matters(org, held)) == (RoutingOutcome.HELD, ["held"])
    org.clock.forward(days=2)
    assert org.desk.release([held.id]) == []
    assert open_matters(org, held) == ["held"]
    org.clock.forward(days=1)
    [released] = org.desk.release([held.id])
    assert released.routing.outcome is RoutingOutcome.ASSIGNED
    assert open_matters(org, held) == []


def test_a_contact_held_for_want_of_people_goes_out_when_one_comes(database: Database) -> None:
    org = organisation(database, members=())
    held = org.decide(stranger(1), "e1")
    assert org.desk.release([held.id]) == []
    with database.write() as connection:
        number = connection.execute(select(pool.c.id)).scalar_one()
        row = {"pool_id": number, "rep": "dan", "weight": 1, "turns": 0, "credit": 0, "last_turn": 0}
        connection.execute(insert(pool_member).values(row))
    [released] = org.desk.release([held.id])
    assert released.routing.assignee == "dan"


def test_a_further_event_does_not_start_the_hold_anew(org: Organisation) -> None:
    held = org.decide(stranger(1, source="trial"), "e1")
    org.clock.forward(days=2)
    again = org.decide(stranger(1, source="trial"), "e2")
    assert again.routing.until == held.routing.until
    org.clock.forward(days=1)
    [released] = org.desk.release([again.id])
    assert released.routing.outcome is RoutingOutcome.ASSIGNED


def test_a_new_event_of_a_held_contact_settles_the_hold(org: Organisation) -> None:
    held = org.decide(stranger(1, source="trial"), "e1")
    org.decide(stranger(1, source="webinar"), "e2")
    org.clock.forward(days=3)
    assert open_matters(org, held) == []
    assert org.desk.release([held.id]) == []


# --- what sticks --------------------------------------------------------------


def test_a_persons_word_stands_for_thirty_days(org: Organisation) -> None:
    decision = org.decide(customer("form"), "e1")
    assert decision.assignment is not None and decision.assignment.rep == "dan"
    org.desk.reassign(decision.assignment.id, RepId("bo"), "knows them", "lead")
    org.clock.forward(days=29)
    kept = org.decide(customer("form"), "e2")
    assert (kept.routing.assignee, kept.routing.kept, kept.routing.rule) == ("bo", True, None)
    assert kept.routing.hand is not None and kept.routing.hand.by == "lead"
    assert active_reps(org) == ["bo"]
    org.clock.forward(days=2)
    assert org.decide(customer("form"), "e3").routing.assignee == "dan"


def test_who_had_a_contact_gets_it_again_and_it_uses_no_turn(database: Database) -> None:
    org = organisation(
        database,
        RULEBOOK.replace("then: {pool: inbound}\n  sla", "then: {pool: inbound, sticky: 30 days}\n  sla"),
    )
    first, number = assigned(org)
    for other in range(2, 6):
        assigned(org, other)
    org.desk.complete(number, by="ops")
    before = turns(database)
    org.clock.forward(days=20)
    again = org.decide(stranger(1), "again")
    assert (again.routing.assignee, turns(database)) == (first.routing.assignee, before)
    assert (
        again.assignment is not None and again.assignment.id != number and again.assignment.due_at is not None
    )
    org.desk.complete(again.assignment.id, by="ops")
    org.clock.forward(days=40)
    org.decide(stranger(1), "much later")
    assert sum(turns(database).values()) == sum(before.values()) + 1
    assert list(examine(database, org.clock())) == []


def test_two_events_at_once_are_one_decision_and_one_turn(org: Organisation) -> None:
    """Twins: one event under one key twice in a batch, and the contact once more under another key."""
    twins = [arriving(stranger(1), key) for key in ("e1", "e1", "e2")]
    first, same, other = org.flow.handle(twins)
    assert first.decision.id == same.decision.id and same.repeated
    assert other.decision.routing.kept
    assert sum(turns(org.database).values()) == 1
