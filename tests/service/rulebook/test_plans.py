"""A plan in the background: progress, stopping it, a worker that dies, the changes and both explanations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from matching.types import Contact
from service.db import plans, rulebooks
from service.db.engine import Database
from service.db.plans import LEASE, Filter, Plan, State
from service.db.recorded import Span
from service.rulebook import plans as planning
from service.rulebook.plans import NothingLive, Planner, begin, both_sides
from tests.service.organisation import MONDAY, Organisation, arriving, organisation
from tests.service.rules import text_of

ITALY = text_of("italy")
DRAFT = ITALY.replace("{contact.country: IT}", "{contact.country: {in: [IT, FR]}}")
SPAN = Span(since=MONDAY - timedelta(days=1), until=MONDAY + timedelta(days=1))


@pytest.fixture
def office(database: Database) -> Organisation:
    """Nine contacts that were decided, three of them French, and a draft that moves these."""
    opened = organisation(database, ITALY)
    countries = ["IT", "FR", "DE"] * 3
    opened.flow.handle(
        [
            arriving(Contact(external_id=f"c{n}", country=country, state="Île" if n == 1 else None), f"e{n}")
            for n, country in enumerate(countries)
        ]
    )
    with database.write() as connection:
        rulebooks.save_draft(connection, DRAFT, author="ann", at=MONDAY)
    return opened


def found(office: Organisation, plan_id: str = "p") -> Plan:
    with office.database.read() as connection:
        plan = plans.get(connection, plan_id)
    assert plan is not None
    return plan


def start(office: Organisation, plan_id: str = "p") -> None:
    begin(office.database, plan_id, SPAN, author="ann", now=office.clock())


def test_a_plan_with_its_changes_and_explanations(office: Organisation) -> None:
    start(office)
    assert (found(office).state, found(office).total) == (State.WAITING, 9)
    planner = Planner(office.database, office.clock)
    assert [planner.run(), planner.run()] == [True, False]
    plan = found(office)
    assert (plan.state, plan.done, plan.problem) == (State.DONE, 9, None)
    assert plan.result is not None and plan.result.changed == 3
    inbound = {each.rep: each for each in plan.result.turns if each.pool == "inbound"}
    assert set(inbound) == {"ana", "bo", "cleo"}
    assert {(each.before, each.after, each.expected) for each in inbound.values()} == {(2, 1, 0.3333)}
    assert {(each.name, each.changed) for each in plan.result.regions} == {
        ("FR / Île", 1), ("FR", 2), ("IT", 0), ("DE", 0),
    }  # fmt: skip
    with office.database.read() as connection:
        every = plans.changes(connection, "p", Filter(), after=None, limit=10)
        behind = plans.changes(connection, "p", Filter(), after=0, limit=1)
        filters = {
            "rule": Filter(rule="italy"),
            "rep": Filter(rep="dan", pool="inbound"),
            "region": Filter(region="FR / Île"),
            "outcome": Filter(outcome="held"),
            "none": Filter(before_rule="italy"),
        }
        counts = {name: plans.count(connection, "p", which) for name, which in filters.items()}
        sides = both_sides(connection, "p", every[0][1].decision_id)
        assert both_sides(connection, "p", "nothing") is None
    assert [place for place, _ in every] == [0, 1, 2]
    assert behind == every[1:2]
    assert counts == {"rule": 3, "rep": 3, "region": 1, "outcome": 0, "none": 0}
    assert sides is not None and (sides.before.placement.rule, sides.after.placement.rule) == (
        "fallback", "italy",
    )  # fmt: skip
    assert sides.after.explanation[0] == "Dan has the contact, by the rule 'italy'."
    with office.database.write() as connection:
        plans.forget(connection, MONDAY + timedelta(days=40))
        assert plans.newest(connection, 5) == []


def test_a_plan_is_stopped_and_one_whose_worker_died_begins_anew(
    office: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "NOTED", 2)
    start(office)
    planner = Planner(office.database, office.clock)
    real = plans.advance

    def stopped(*args: Any, **kwargs: Any) -> bool:
        plans.cancel(args[0], "p", MONDAY)
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(plans, "advance", stopped)
        assert planner.run()
    assert found(office).state is State.CANCELLED and found(office).result is None
    start(office, "q")
    with office.database.write() as connection:
        claimed = plans.claim(connection, office.clock())
        assert claimed is not None and plans.advance(connection, "q", 4, [], office.clock())
    assert not planner.run()
    office.clock.now += LEASE + timedelta(seconds=1)
    assert planner.run()
    assert (found(office, "q").state, found(office, "q").done) == (State.DONE, 9)


def test_a_fault_of_ours_ends_the_plan(office: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    start(office)

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(planning, "replay", broken)
    assert Planner(office.database, office.clock).run()
    assert (found(office).state, found(office).result) == (State.FAILED, None)


def test_nothing_to_compare_with(database: Database) -> None:
    with pytest.raises(NothingLive):
        begin(database, "p", SPAN, author="ann", now=MONDAY)
