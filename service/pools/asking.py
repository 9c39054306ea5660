"""What is asked about a pool: who is next, how fair it was, what in its settings is worth a warning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.rotation import Need, Rotation
from routing.rotation.explain import explain_move
from routing.rotation.fairness import Fairness, fairness
from routing.rotation.standings import share
from routing.types.people import RepId
from routing.types.pools import NewcomerPolicy, NobodyPolicy, PoolName, PoolState, ReturnPolicy
from routing.types.rotation import RotationMove
from service.db import ledger, loads, reps, rotation
from service.problems import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A draw that has not happened: the move it would be, and why, in sentences."""

    move: RotationMove
    because: tuple[str, ...]


def preview(
    connection: Connection, name: PoolName, now: datetime, draws: int, exclude: tuple[RepId, ...] = ()
) -> list[Next]:
    """The next draws of a pool if nothing else changes, without any contact's own wishes. Raises NotFound."""
    pools = rotation.load(connection, [name], lock=False)
    if name not in pools:
        raise NotFound("There is no pool with this name")
    people = reps.by_id(connection, {m.rep for state in pools.values() for m in state.members})
    turning = Rotation(pools=pools, reps=people, load=loads.of(connection, pools, people, now, lock=False))
    names = {rep.id: rep.name for rep in people.values()}
    found: list[Next] = []
    for _ in range(draws):
        move, turning = turning.draw_from(name, now, Need(exclude=exclude))
        found.append(Next(move=move, because=tuple(explain_move(move, names))))
        if move.rep is None:
            break
    return found


def report(connection: Connection, state: PoolState, since: datetime, until: datetime) -> Fairness:
    """How fair a pool was in a time, half-open."""
    now = {member.rep: share(member) for member in state.members}
    shares = ledger.shares_at(connection, state.name, since, now)
    return fairness(ledger.weighty(connection, state.name, since, until), shares, state.settings.choose)


def warnings(state: PoolState) -> Iterator[str]:
    """What in a pool's settings may surprise."""
    settings = state.settings
    if settings.newcomer is NewcomerPolicy.ZERO:
        yield "newcomer zero: who joins gets every turn until level with the others"
    if settings.on_return is ReturnPolicy.CATCH_UP and settings.catch_up_most is None:
        yield "on_return catch_up without catch_up_most: who returns gets every turn until level"
    if settings.ramp and settings.ramp[0] == 0 and settings.ramp_from is None:
        yield "ramp from joining the pool, at 0 first: give members who are no beginners a `since`"
    if not any(member.weight for member in state.members):
        yield "no member has a weight above 0: nobody can get a turn"
    for cap in (*settings.caps, *settings.pool_caps):
        if cap.most == 0:
            yield f"a cap of 0 for {cap.per}: nobody it is for can get a turn"
    if settings.nobody is NobodyPolicy.FIRST_AVAILABLE and not settings.respect_hours:
        yield "nobody first_available without respect_hours: only absences are waited for, not working hours"
    if settings.skip_firmly and settings.skip_last:
        yield "skip_firmly: a contact that everybody had stays without a rep"
