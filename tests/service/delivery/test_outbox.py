"""What a decision says to the outside."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from matching.types import MatchOutcome
from routing.types.decision import RoutingOutcome
from routing.types.facts import Holder
from routing.types.people import Hand, RepId
from service.db import destinations
from service.db import outbox as rows
from service.db.destinations import Destination
from service.db.engine import Database
from service.db.outbox import Filter
from service.delivery.outbox import EventType, enqueue, events, message_id, messages, payload
from tests.service.deciding import NOW, decided


def destination(
    name: str, *wanted: EventType, disabled_reason: str | None = None, active: bool = True
) -> Destination:
    return Destination(
        id=f"to-{name}",
        name=name,
        kind="webhook",
        url="https://hooks.example.com/",
        secrets=(),
        events=wanted,
        active=active,
        disabled_reason=disabled_reason,
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("outcome", "event"),
    [
        (RoutingOutcome.ASSIGNED, "contact.assigned"),
        (RoutingOutcome.HELD, "contact.held"),
        (RoutingOutcome.QUEUED, "contact.queued"),
        (RoutingOutcome.REJECTED, "contact.rejected"),
        (RoutingOutcome.ASKED, "contact.asked"),
    ],
)
def test_each_outcome_has_its_event(outcome: RoutingOutcome, event: str) -> None:
    assert events(decided(outcome=outcome)) == [event]
    assert events(decided(outcome=outcome, match=MatchOutcome.REVIEW)) == [event, "contact.review"]


def test_what_changed_nothing_is_not_told() -> None:
    assert events(decided(outcome=RoutingOutcome.SUPERSEDED, match=MatchOutcome.REVIEW)) == []


def test_an_assignment_says_who_has_whom_and_why() -> None:
    said = payload(decided(), EventType.ASSIGNED)
    assert (said["type"], said["timestamp"]) == ("contact.assigned", "2026-03-02T09:30:00Z")
    data = said["data"]
    assert data["decision_id"] == "d-1"
    assert data["contact"] == {"email": "ana@acme.example", "company": "Acme", "external_id": "c-1"}
    assert data["match"] == {
        "outcome": "matched",
        "account_id": "a-1",
        "account_name": "Acme GmbH",
        "score": 0.97,
    }
    routing = data["routing"]
    assert (routing["assignee"], routing["rule"]) == ("rosa", "owner")
    assert (routing["because"], routing["reference"]) == ("Customers stay with their owner", "RoE 2.1")
    assert data["assignment"] == {"id": "as-1", "rep": "rosa", "due_at": "2026-03-02T09:30:00Z"}
    assert json.loads(json.dumps(said)) == said


def test_who_had_the_contact_before_is_told() -> None:
    holder = Holder(assignment_id="as-0", rep=RepId("bo"), pool=None, since=NOW, due_at=None)
    assert payload(decided(holder=holder), EventType.ASSIGNED)["data"]["routing"]["previous_assignee"] == "bo"
    still = replace(holder, rep=RepId("rosa"))
    assert payload(decided(holder=still), EventType.ASSIGNED)["data"]["routing"]["previous_assignee"] is None


def test_a_person_who_decided_is_told_and_no_rule_claims_it() -> None:
    taken = decided()
    by_hand = replace(taken, routing=replace(taken.routing, rule=None, hand=Hand(by="ops", reason="holiday")))
    routing = payload(by_hand, EventType.ASSIGNED)["data"]["routing"]
    assert routing["hand"] == {"by": "ops", "reason": "holiday"}
    assert routing["because"] is None


def test_ids_are_stable_and_have_no_dot() -> None:
    ids = {message_id(decided("0198-ab"), event) for event in EventType}
    assert len(ids) == len(EventType)
    assert not any("." in each or len(each) > 64 for each in ids)
    assert message_id(decided("d-9"), EventType.ASSIGNED) == "msg_d-9_assigned"


def test_everyone_who_wants_it_is_told() -> None:
    told = [destination("all"), destination("held", EventType.HELD), destination("some", EventType.ASSIGNED)]
    made = messages([(7, decided("d-1")), (8, decided("d-2"))], told)
    assert [(each.destination_id, each.decision_id, each.contact_row) for each in made] == [
        ("to-all", "d-1", 7),
        ("to-some", "d-1", 7),
        ("to-all", "d-2", 8),
        ("to-some", "d-2", 8),
    ]


def test_a_paused_destination_is_queued_for_and_one_that_is_gone_is_not(database: Database) -> None:
    with database.write() as connection:
        destinations.add(connection, destination("paused", active=False))
        destinations.add(connection, destination("gone", disabled_reason="it answered 410 Gone"))
        destinations.add(connection, destination("deleted"))
        destinations.delete(connection, "to-deleted", NOW)
        enqueue(connection, [(1, decided())], NOW)
        queued = rows.page(connection, Filter(), None, 10)
    assert [each.destination_id for each in queued] == ["to-paused"]


def test_messages_stand_or_fall_with_their_decisions(database: Database) -> None:
    with database.write() as connection:
        destinations.add(connection, destination("crm"))
    with pytest.raises(RuntimeError), database.write() as connection:
        enqueue(connection, [(1, decided())], NOW)
        raise RuntimeError("the decisions could not be stored")
    with database.read() as connection:
        assert rows.page(connection, Filter(), None, 10) == []
