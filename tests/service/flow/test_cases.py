"""How long an answer counts: while the matter lasts, and where nothing ends it as long as a person's word."""

from __future__ import annotations

import pytest

from matching.types import Contact
from routing.types.decision import RoutingOutcome
from service.db.engine import Database
from tests.service.organisation import Organisation, organisation

ASKING = """\
version: 1
{defaults}
rules:
  - id: ask-first
    because: Dan knows
    when: {{contact.source: event}}
    then:
      ask: {{rep: dan}}
      question: Is there anything in it?
      within: 24 hours
      answers:
        nothing: {{reject: nothing}}
        later: {{queue: nurture}}
        something: {{pool: inbound}}
      on silence: {{reject: silence}}
fallback: {{then: {{pool: inbound}}}}
"""
SOMEBODY = Contact(email="dana@firm.example", source="event")


def asked(database: Database, defaults: str = "") -> Organisation:
    """An organisation that has asked Dan about somebody, with the decision `id-000001`."""
    org = organisation(database, ASKING.format(defaults=defaults))
    assert org.decide(SOMEBODY, "first").routing.outcome is RoutingOutcome.ASKED
    return org


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("nothing", RoutingOutcome.REJECTED), ("later", RoutingOutcome.QUEUED)],
)
def test_an_answer_that_ends_in_no_hands_counts_for_thirty_days(
    database: Database, answer: str, outcome: RoutingOutcome
) -> None:
    org = asked(database)
    assert org.desk.answer("id-000001", answer, by="dan").routing.outcome is outcome
    for number in range(3):  # events in between do not prolong it
        org.clock.forward(days=9)
        assert org.decide(SOMEBODY, f"soon {number}").routing.outcome is outcome
    org.clock.forward(days=4)
    again = org.decide(SOMEBODY, "late")
    assert (again.routing.outcome, dict(again.facts.answers)) == (RoutingOutcome.ASKED, {})
    org.desk.answer(again.id, "something", by="dan")
    assert org.decide(SOMEBODY, "now").routing.outcome is RoutingOutcome.ASSIGNED


def test_the_answer_counts_as_long_as_somebody_has_the_contact(database: Database) -> None:
    org = asked(database)
    given = org.desk.answer("id-000001", "something", by="dan")
    org.clock.forward(days=400)
    later = org.decide(SOMEBODY, "much later")
    assert (later.routing.assignee, later.routing.kept) == (given.routing.assignee, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_how_long_is_in_the_rulebook_and_silence_is_an_answer(database: Database) -> None:
    org = asked(database, "defaults: {by hand: 2 days}")
    org.clock.forward(hours=24)
    [silent] = org.desk.release(["id-000001"])
    assert silent.routing.code == "silence"
    org.clock.forward(days=1)
    assert org.decide(SOMEBODY, "soon").routing.code == "silence"
    org.clock.forward(days=2)
    assert org.decide(SOMEBODY, "late").routing.outcome is RoutingOutcome.ASKED
