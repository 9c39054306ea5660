"""Hand-overs applied, interrupted, returned and undone, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from matching.types import Contact
from routing.types.people import RepId
from service.db import accounts, pools, reps
from service.db import handovers as db
from service.db.account_state import OWNER
from service.db.engine import Database
from service.db.tables import delivery, opportunity, rep_absence
from service.db.timeline import in_force
from service.doctor import examine
from service.handover.handovers import Handovers
from service.handover.plan import ItemState, State
from service.handover.request import HandoverRequest
from service.problems import Conflict, Stale
from service.records.accounts import AccountRecord
from tests.service.handover.world import holder_of, number_of, world
from tests.service.organisation import MONDAY, Organisation, listen

LEAVES = {"rep": "dan", "kind": "leaves", "reason": "left", "accounts": {"rep": "eve"}}


@pytest.fixture
def made(database: Database) -> tuple[Organisation, Handovers]:
    org, handovers = world(database)
    listen(database)
    return org, handovers


def request(**said: Any) -> HandoverRequest:
    return HandoverRequest.model_validate_json(json.dumps({**LEAVES, **said}))


def owner(org: Organisation, account: str, *, days: int = 0) -> str | None:
    with org.database.read() as connection:
        state = accounts.get(connection, account)
    assert state is not None
    span = in_force(state.roles[OWNER], org.clock() + timedelta(days=days))
    return span.value if span else None


def members(org: Organisation, pool: str) -> set[str]:
    with org.database.read() as connection:
        state = pools.get(connection, pool)
    assert state is not None
    return {member.rep for member in state.members}


def states(org: Organisation, handover_id: str) -> dict[str, int]:
    with org.database.read() as connection:
        items = db.in_state(connection, handover_id, tuple(ItemState), limit=1000)
    return {state: sum(item.state is state for item in items) for state in ItemState}


def messages(org: Organisation, kind: str) -> list[dict[str, Any]]:
    with org.database.read() as connection:
        query = select(delivery.c.payload).where(delivery.c.type == kind)
        return [payload["data"] for payload in connection.execute(query).scalars()]


def fresh(org: Organisation, name: str, domain: str = "northwind-robotics.com") -> str | None:
    return org.decide(Contact(email=f"{name}@{domain}"), name).routing.assignee


def test_who_leaves_has_nothing_any_more(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    plan = handovers.plan(request(), "ops")
    assert (plan.state, owner(org, "A-1"), holder_of(org, "u1")[1]) == (State.PLANNED, "dan", "dan")
    org.clock.forward(minutes=5)
    done = handovers.apply(plan.id, "ops", frozenset({plan.digest}))
    assert done.state is State.APPLIED
    assert {account: owner(org, account) for account in ("A-1", "A-2", "A-3", "A-4")} == dict.fromkeys(
        ("A-1", "A-2", "A-3", "A-4"), "eve"
    )
    assert holder_of(org, "w1")[1] == "eve"
    assert holder_of(org, "u1")[1] == holder_of(org, "u2")[1] == "meg"  # by the rules: Eve's cover, now
    assert holder_of(org, "s1")[1] in ("ana", "bo")  # the rules: the pool without him
    assert "dan" not in members(org, "inbound")
    with org.database.read() as connection:
        found = reps.by_id(connection, [RepId("dan"), RepId("finn")])
        deal = connection.execute(select(opportunity.c.owner)).scalar_one()
        cover = connection.execute(select(rep_absence.c.cover)).scalar_one()
    assert (found[RepId("dan")].active, found[RepId("finn")].manager, deal, cover) == (
        False,
        "meg",
        "eve",
        "meg",
    )
    [told] = messages(org, "handover.applied")
    assert (told["rep"], told["skipped"]) == ("dan", 0)
    assert {"rep": "eve", "account": 4, "opportunity": 1, "assignment": 1} in told["receivers"]
    assert fresh(org, "new") == "meg"
    assert list(examine(org.database, org.clock())) == []


def test_applying_twice_is_applying_once(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    plan = handovers.plan(request(), "ops")
    handovers.apply(plan.id, "ops")
    before = states(org, plan.id)
    assert handovers.apply(plan.id, "someone else").applied_by == "ops"
    assert (states(org, plan.id), len(messages(org, "handover.applied"))) == (before, 1)


def test_nothing_is_done_when_the_world_has_moved(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    plan = handovers.plan(request(), "ops")
    with org.database.write() as connection:
        accounts.upsert(connection, [AccountRecord(external_id="A-4", owner="bo")], org.clock())  # type: ignore[arg-type]
    org.desk.complete(number_of(org, "w1"), "dan")
    fresh(org, "u3")
    with pytest.raises(Stale) as stale:
        handovers.apply(plan.id, "ops")
    lines = [error.detail for error in stale.value.errors]
    assert "account A-4 (OWNER) is no longer quiet" in lines
    assert len(lines) == 3
    assert (owner(org, "A-1"), states(org, plan.id)["done"]) == ("dan", 0)
    with pytest.raises(Stale):
        handovers.apply(plan.id, "ops", frozenset({"another"}))


def test_what_changes_while_it_is_applied_is_left_alone(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    plan = handovers.plan(request(), "ops")
    with org.database.write() as connection:
        db.change(connection, plan.id, state=State.APPLYING, applied_by="ops", applied_at=org.clock())
    handovers.carry_on(plan.id, 3)
    with org.database.write() as connection:
        accounts.upsert(connection, [AccountRecord(external_id="A-4", owner="bo")], org.clock())  # type: ignore[arg-type]
    assert handovers.carry_on(plan.id)
    with org.database.read() as connection:
        skipped = db.in_state(connection, plan.id, (ItemState.SKIPPED,), limit=10)
    assert [(item.draft.ref, item.note) for item in skipped] == [("A-4", "it has changed since the plan")]
    assert (owner(org, "A-1"), owner(org, "A-4")) == ("eve", "bo")


class Killed(BaseException):
    """The process dies."""


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Kills whoever settles an item when the number says so; each item, at its commit, once."""
    left = [10**9]
    settle = db.settle

    def dying(*args: Any, **named: Any) -> None:
        settle(*args, **named)
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    monkeypatch.setattr("service.handover.handovers.handovers.settle", dying)
    return left


def test_a_dead_process_loses_nothing_and_nothing_is_done_twice(
    made: tuple[Organisation, Handovers], mortal: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at every single item, and carried on by the next worker when the lease is over."""
    monkeypatch.setattr("service.handover.handovers.TOGETHER", 3)
    org, handovers = made
    plan = handovers.plan(request(), "ops")
    died = 0
    for turn in range(100):
        mortal[0] = turn % 4 + 1
        try:
            done = handovers.apply(plan.id, "ops") if turn == 0 else handovers.run()
            if done and handovers.get(plan.id).state is State.APPLIED:
                break
        except Killed:
            died += 1
            assert not handovers.run() or turn == 0  # somebody else may have it: not before the lease ends
            org.clock.forward(minutes=3)
    mortal[0] = 10**9
    handovers.run()
    assert died >= 10
    assert handovers.get(plan.id).state is State.APPLIED
    assert owner(org, "A-4") == holder_of(org, "w1")[1] == "eve"
    assert len(messages(org, "handover.applied")) == 1
    assert list(examine(org.database, org.clock())) == []


def test_undoing_puts_everything_back(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    plan = handovers.plan(request(open_matters="keep"), "ops")
    handovers.apply(plan.id, "ops")
    org.clock.forward(hours=1)
    assert handovers.undo(plan.id, "lead").state is State.UNDONE
    assert {owner(org, account) for account in ("A-1", "A-3", "A-4")} == {"dan"}
    assert {holder_of(org, name)[1] for name in ("u1", "w1", "u2", "s1")} == {"dan"}
    assert "dan" in members(org, "inbound")
    with org.database.read() as connection:
        found = reps.by_id(connection, [RepId("dan"), RepId("finn")])
    assert (found[RepId("dan")].active, found[RepId("finn")].manager) == (True, "dan")
    assert handovers.undo(plan.id, "lead").state is State.UNDONE
    with pytest.raises(Conflict, match="undone"):
        handovers.apply(plan.id, "ops")
    assert list(examine(org.database, org.clock())) == []


def test_what_was_touched_cannot_be_undone(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    plan = handovers.plan(request(), "ops")
    handovers.apply(plan.id, "ops")
    org.desk.accept(number_of(org, "w1"))
    with pytest.raises(Conflict) as refused:
        handovers.undo(plan.id, "ops")
    assert len(refused.value.errors) == 1
    assert owner(org, "A-1") == "eve"


def test_a_leave_ends_by_itself(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    until = (MONDAY + timedelta(days=14)).isoformat()
    plan = handovers.plan(
        request(
            kind="leave",
            until=until,
            accounts={"rep": "ana"},
            untouched={"rep": "ana"},
            return_assignments=True,
        ),
        "ops",
    )
    handovers.apply(plan.id, "ops")
    assert (owner(org, "A-1"), owner(org, "A-1", days=14)) == ("ana", "dan")
    assert fresh(org, "away") == "ana"
    org.desk.accept(number_of(org, "u2"))
    assert not handovers.run()
    org.clock.forward(days=14)
    assert handovers.run()
    assert handovers.get(plan.id).state is State.RETURNED
    assert (holder_of(org, "u1")[1], holder_of(org, "u2")[1]) == (
        "dan",
        "ana",
    )  # what Ana accepted stays hers
    assert (owner(org, "A-1"), fresh(org, "back")) == ("dan", "dan")
    assert list(examine(org.database, org.clock())) == []


def test_a_holdover_ends_by_itself(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    plan = handovers.plan(
        request(kind="moves", where={"country": ["DE"]}, holdover={"days": 30}, untouched="keep"), "ops"
    )
    handovers.apply(plan.id, "ops")
    assert (owner(org, "A-1"), owner(org, "A-4")) == ("dan", "eve")
    assert (owner(org, "A-1", days=29), owner(org, "A-1", days=30)) == ("dan", "eve")
    assert owner(org, "A-3") == "dan"


def test_plans_are_kept_a_month(made: tuple[Organisation, Handovers]) -> None:
    org, handovers = made
    handovers.plan(request(), "ops")
    with org.database.write() as connection:
        assert db.forget_plans(connection, org.clock() + timedelta(days=29)) == 0
        assert db.forget_plans(connection, org.clock() + timedelta(days=31)) == 1
