"""routing/turns.py: what becomes of a contact whose pool has nobody, or gives it past the pool."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from routing.explain import explain
from routing.rotation import Load, Rotation
from routing.route import route_contact
from routing.rulebook import parse
from routing.types.decision import RoutingDecision, RoutingOutcome, Verdict
from routing.types.people import Absence, Per, Rep, RepId
from routing.types.pools import PoolName, PoolState
from tests.routing.situations import facts
from tests.routing.test_rotation import pool_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = parse("""
version: 1
rules:
  - {id: vip, because: They know the field, when: {contact.country: DE}, then: {pool: experts}}
  - {id: near, because: They are near, when: {contact.country: DE}, then: {pool: dach}}
  - {id: owned, because: Hers, when: {contact.country: FR}, then: {rep: ana}}
fallback: {because: Somebody must, then: {pool: rest}}
""")


def rotation(*, away: tuple[str, ...] = (), **pools: dict[str, Any]) -> Rotation:
    """Pools by name, with ``members`` and settings; ``away`` until tomorrow noon."""
    states: dict[PoolName, PoolState] = {}
    for name, said in pools.items():
        settings = {key: value for key, value in said.items() if key != "members"}
        states[PoolName(name)] = pool_of(dict.fromkeys(said["members"], 1), name=name, **settings)
    gone = (Absence(start=NOW, until=NOW + timedelta(days=1)),)
    members = {member.rep for state in states.values() for member in state.members} | {RepId("ana")}
    reps = {name: Rep(id=name, name=name.title(), absences=gone if name in away else ()) for name in members}
    return Rotation(pools=states, reps=reps)


def routed(turning: Rotation, country: str = "DE") -> tuple[RoutingDecision, Rotation]:
    return route_contact(facts(country=country, reps={"ana": {}}), RULES, turning, NOW)


def test_a_pool_without_anybody_leaves_it_to_the_next_rule() -> None:
    turning = rotation(
        away=("ana",),
        experts={"members": ["ana"], "nobody": "next_rule"},
        dach={"members": ["ben"]},
        rest={"members": ["cho"]},
    )
    decision, after = routed(turning)
    assert (decision.rule, decision.assignee, decision.pool) == ("near", "ben", "dach")
    claims = {claim.rule: claim for claim in decision.claims}
    assert claims["vip"].verdict is Verdict.NOBODY
    assert [(move.pool, move.skipped[0].rep) for move in decision.passed] == [("experts", "ana")]
    assert after.pools[PoolName("experts")] is turning.pools[PoolName("experts")]
    assert any("near" in line for line in explain(decision))


def test_when_all_leave_it_to_the_next_rule_the_fallback_holds_it() -> None:
    turning = rotation(
        away=("ana", "ben", "cho"),
        experts={"members": ["ana"], "nobody": "next_rule"},
        dach={"members": ["ben"], "nobody": "next_rule"},
        rest={"members": ["cho"], "nobody": "next_rule"},
    )
    decision, after = routed(turning)
    assert (decision.outcome, decision.rule) == (RoutingOutcome.HELD, "fallback")
    assert decision.until == NOW + timedelta(days=1)
    assert [move.pool for move in decision.passed] == ["experts", "dach"]
    assert after.pools == turning.pools


def test_a_queue_takes_what_a_pool_cannot() -> None:
    turning = rotation(away=("ana",), experts={"members": ["ana"], "nobody": "queue", "queue": "Night desk"})
    decision, _ = routed(turning)
    assert (decision.outcome, decision.queue) == (RoutingOutcome.QUEUED, "Night desk")
    assert (decision.code, decision.assignee, decision.until) == ("nobody_available", None, None)


def test_who_is_there_first_gets_it_now_with_the_time() -> None:
    turning = rotation(
        away=("ana",), experts={"members": ["ana"], "nobody": "first_available", "within_hours": 24}
    )
    decision, _ = routed(turning)
    assert decision.assignee == "ana"
    assert decision.move is not None
    assert decision.move.ahead == NOW + timedelta(days=1)
    assert any("is the first to be, at" in line for line in explain(decision))


def test_a_hold_for_a_cap_ends_with_its_period() -> None:
    turning = rotation(
        away=("ben",), experts={"members": ["ana", "ben"], "caps": {"day": 1}, "zone": "Asia/Tokyo"}
    )
    used = {(PoolName("experts"), RepId("ana"), Per.DAY): 1}
    full = Rotation(pools=turning.pools, reps=turning.reps, load=Load(members=used))
    decision, _ = routed(full)
    assert decision.outcome is RoutingOutcome.HELD
    assert decision.until == datetime(2026, 3, 2, 15, tzinfo=UTC), "midnight in Tokyo, before ben is back"


def test_a_contact_past_the_pools_counts_where_a_pool_says_so() -> None:
    turning = rotation(experts={"members": ["ana", "ben"], "count_owned": True}, rest={"members": ["ana"]})
    decision, after = routed(turning, "FR")
    assert (decision.assignee, decision.move) == ("ana", None)
    assert [member.credit for member in after.pools[PoolName("experts")].members] == [1, 0]
    assert after.pools[PoolName("rest")] is turning.pools[PoolName("rest")]
    assert after.load.open == {"ana": 1}
