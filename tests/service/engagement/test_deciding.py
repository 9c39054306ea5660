"""An activation goes through the rules once, whoever tries it and however often; it leads to its decision."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select

from matching.types import Contact
from routing.types.decision import RoutingOutcome
from service.db import decisions
from service.db.engine import Database
from service.db.tables import decision
from service.decision import Decision, Handled, Incoming
from service.engagement.deciding import Deciding
from service.flow.flow import Flow
from service.records.reserved import ACTIVATION
from service.rulebook.live import LiveRulebook, NoRulebook, Policies
from service.rulebook.publishing import publish
from tests.service.engagement.heard import Heard

RULES = """
version: 1
rules:
  - id: strategic-is-active
    because: Several people of a strategic account engage, so its SDR calls
    when: {activation.kind: people, account.program.tier: strategic}
    then: {team role: SDR}
    sla: 8 hours
    notify: [{team role: AE}]
  - id: hot
    because: A person of an account that engages goes to its AE
    when: {account.engagement.people: {at least: 3}, account.engagement.stage: Awareness}
    then: {team role: AE}
fallback: {then: {queue: rest}}
"""
FORMS = [{"kind": "form", "email": f"{name}@one.example"} for name in ("ann", "ben", "cora")]


def test_rules_say_who_acts_on_an_activation(database: Database) -> None:
    heard = Heard(database)
    publish(database, RULES, author="tests", reason=None, now=heard.clock())
    parts = heard.parts
    flow = Flow(database, LiveRulebook(), Policies(), clock=heard.clock, new_id=parts.new_id)
    heard.hear(*FORMS, {"kind": "intent", "domain": "one.example", "stage": "Awareness", "topic": "routing"})

    def dies(incoming: Sequence[Incoming]) -> list[Handled]:
        flow.handle(incoming)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Deciding(database, dies, heard.clock).run()
    [waiting] = heard.activated()
    assert waiting.decision_id is None, "the decision is stored; that it is, is not noted"
    deciding = Deciding(database, flow.handle, heard.clock)
    assert (deciding.run(), deciding.run()) == (True, False)
    [done] = heard.activated()
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(decision)).scalar() == 1
        taken = decisions.get(connection, done.decision_id or "")
    assert taken is not None
    _check(taken)
    [handled] = flow.handle([_person()])
    known = handled.decision.facts.account
    assert known is not None and known.engagement is not None and known.engagement.people == 3
    assert (handled.decision.routing.rule, handled.decision.facts.activation) == ("hot", None)
    heard.on(30)
    heard.hear({"kind": "form", "email": "dora@one.example"}, *({**each, "at": 1} for each in FORMS))
    deciding.run()
    [first, again] = heard.activated()
    assert again.decision_id not in (None, first.decision_id)
    with database.read() as connection:
        kept = decisions.get(connection, again.decision_id or "")
    assert kept is not None and kept.routing.kept and kept.assignment == taken.assignment, (
        "who works it goes on"
    )


def _check(taken: Decision) -> None:
    assert (taken.match.account_id, taken.contact.external_id) == ("A-1", f"{ACTIVATION}A-1")
    assert (taken.routing.outcome, taken.routing.rule) == (RoutingOutcome.ASSIGNED, "strategic-is-active")
    assert (taken.routing.assignee, taken.routing.notify) == ("eve", ("dan",))
    activated, account = taken.facts.activation, taken.facts.account
    assert activated is not None and (activated.kind, activated.people) == ("people", 3)
    assert account is not None and account.engagement is not None
    assert (account.engagement.stage, account.engagement.topic) == ("Awareness", "routing")


def _person() -> Incoming:
    return Incoming(contact=Contact(email="zoe@one.example", company="Company 1"), event_key="z", digest="z")


def test_without_a_rulebook_it_waits(database: Database) -> None:
    heard = Heard(database)
    heard.hear(*FORMS)
    flow = Flow(database, LiveRulebook(), Policies(), clock=heard.clock, new_id=heard.parts.new_id)
    deciding = Deciding(database, flow.handle, heard.clock)
    with pytest.raises(NoRulebook):
        deciding.run()
    assert heard.activated()[0].decided_at is None
    publish(database, RULES, author="tests", reason=None, now=heard.clock())
    assert deciding.run() and heard.activated()[0].decided_at is not None


def test_one_that_cannot_be_decided_stops_no_other(database: Database) -> None:
    heard = Heard(database)
    heard.hear(*FORMS)

    def fails(_incoming: Sequence[Incoming]) -> list[Handled]:
        raise ZeroDivisionError

    assert Deciding(database, fails, heard.clock).run() is False
    [found] = heard.activated()
    assert found.problem is not None and found.problem.startswith("ZeroDivisionError")
