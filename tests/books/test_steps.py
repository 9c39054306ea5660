"""A rule that holds, asks a ladder of people and puts in a queue goes on step by step, stored in between."""

from __future__ import annotations

from matching.types import Contact
from routing.types.decision import RoutingOutcome
from service.db.engine import Database
from tests.service.organisation import organisation

RULEBOOK = """
version: 1
rules:
  - id: intent
    because: The SDR's time is over first, then people are asked, then it lies in a queue for a day
    when: {contact.source: intent}
    then:
      hold: 3 days
      then:
        ask: [{rep: ana}, {rep: bo}]
        question: Do you accept?
        within: 24 hours
        answers: {accept: {rep: bo}, dispute: {queue: disputes, within: 1 day, then: {rep: cleo}}}
        on silence: {queue: nobody}
fallback: {then: {pool: inbound}}
"""


def test_each_step_is_stored_and_none_begins_again(database: Database) -> None:
    org = organisation(database, rulebook=RULEBOOK)
    person = Contact(external_id="c-1", email="p@firm.example", source="intent")
    held = org.decide(person, "e1")
    assert (held.routing.outcome, held.routing.step) == (RoutingOutcome.HELD, "intent")

    org.clock.forward(days=3)
    [first] = org.desk.release([held.id])
    assert (first.routing.asked, first.routing.step) == ("ana", "intent/over")

    org.clock.forward(hours=23)
    again = org.decide(person, "e2")  # a further event does not start her time anew
    assert (again.routing.asked, again.routing.until) == ("ana", first.routing.until)

    org.clock.forward(hours=1)
    [second] = org.desk.release([again.id])
    assert (second.routing.asked, second.routing.step) == ("bo", "intent/over/silence")
    assert second.routing.until == org.clock.now.replace(day=second.at.day + 1)

    disputed = org.desk.answer(second.id, "dispute", by="bo")
    assert (disputed.routing.outcome, disputed.routing.queue) == (RoutingOutcome.QUEUED, "disputes")
    assert org.desk.release([disputed.id]) == []

    org.clock.forward(days=1)
    [last] = org.desk.release([disputed.id])
    assert (last.routing.assignee, last.routing.rule) == ("cleo", "intent")
