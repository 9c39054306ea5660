"""Who acts on each contact of a batch: the rules, and the pools they draw from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from routing.compiled import Rulebook
from routing.rotation import Rotation
from routing.types.decision import RoutingDecision, RoutingOutcome
from routing.types.facts import RoutingFacts
from routing.types.pools import PoolName, PoolState
from service.db import loads, reps
from service.db import rotation as pools
from service.flow.burst import PoolsNotLoaded, Routed, pools_needed, route_batch
from service.flow.cases import Case


def route_apart(
    connection: Connection,
    cases: Sequence[Case],
    known: Sequence[RoutingFacts],
    aside: Sequence[bool],
    rulebook: Rulebook,
    known_pools: pools.Known,
    now: datetime,
    *,
    lock: bool,
) -> tuple[list[Routed], Mapping[PoolName, PoolState], Mapping[PoolName, PoolState]]:
    """Decide who acts; also the pools as they were read and as the decisions leave them.

    Contacts that are ``aside`` see turns of their own, which nobody keeps.
    """
    if not any(aside):
        return _route(connection, cases, known, rulebook, known_pools, now, lock=lock)
    both = list(zip(cases, known, aside, strict=True))
    real, hidden = [[each[:2] for each in both if each[2] is apart] for apart in (False, True)]
    (routed, before, after), (beside, _, _) = (
        _route(
            connection,
            [case for case, _ in part],
            [facts for _, facts in part],
            rulebook,
            known_pools,
            now,
            lock=lock and part is real,
        )
        for part in (real, hidden)
    )
    parts = {False: iter(routed), True: iter(beside)}
    return [next(parts[apart]) for apart in aside], before, after


def _route(
    connection: Connection,
    cases: Sequence[Case],
    known: Sequence[RoutingFacts],
    rulebook: Rulebook,
    known_pools: pools.Known,
    now: datetime,
    *,
    lock: bool,
) -> tuple[list[Routed], Mapping[PoolName, PoolState], Mapping[PoolName, PoolState]]:
    """As `route_apart`, where nobody is aside."""
    current = [each for case, each in zip(cases, known, strict=True) if not case.stale]
    wanted = pools_needed(current, rulebook, now)
    while True:
        before = pools.load_for_decisions(connection, known_pools, wanted, rulebook.pools, lock=lock)
        members = {member.rep for state in before.values() for member in state.members}
        people = reps.in_meetings(connection, reps.by_id(connection, members), now)
        load = loads.of(connection, before, people, now, lock=lock)
        turning = Rotation(pools=before, reps=people, load=load)
        try:
            routed, after = route_batch(current, rulebook, turning, wanted, now)
        except PoolsNotLoaded as missing:
            wanted |= missing.pools
            continue
        in_turn = iter(routed)
        every = [
            Routed(facts=each, decision=_superseded(rulebook)) if case.stale else next(in_turn)
            for case, each in zip(cases, known, strict=True)
        ]
        return every, before, after.pools


def _superseded(rulebook: Rulebook) -> RoutingDecision:
    """The decision on an event that is older than what was decided: it changes nothing."""
    return RoutingDecision(
        outcome=RoutingOutcome.SUPERSEDED,
        rule=None,
        assignee=None,
        pool=None,
        queue=None,
        code=None,
        until=None,
        kept=False,
        claims=(),
        move=None,
        clocks=(),
        notify=(),
        rulebook_version=rulebook.version,
    )
