"""What caps and some choices go by: turns used in a period, open work, the latest contact.

Read in the transaction that holds the pools, after the reps that a figure spans
pools for are locked too: no two batches can both see the last free place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from routing.rotation import Load
from routing.rotation.load import caps_of
from routing.rotation.periods import begins
from routing.types.people import Per, Rep, RepId
from routing.types.pools import Choose, PoolName, PoolState
from routing.types.rotation import EntryKind
from service.db.rotation import row_ids
from service.db.tables import assignment, rep, turn

_BY_WORK = (Choose.LEAST_OPEN, Choose.LONGEST_IDLE)


def of(
    connection: Connection,
    pools: Mapping[PoolName, PoolState],
    reps: Mapping[RepId, Rep],
    now: datetime,
    *,
    lock: bool,
) -> Load:
    """The load of these pools and their members; figures that nothing goes by are left out."""
    asked = {m.rep for state in pools.values() if _by_work(state) for m in state.members}
    asked |= {each.id for each in reps.values() if each.open_cap is not None}
    by_idleness = {
        m.rep for state in pools.values() if state.settings.choose in _BY_WORK for m in state.members
    }
    spanning = asked | by_idleness | {each.id for each in reps.values() if each.caps}
    if lock and spanning:
        _lock(connection, spanning)
    members, whole = _of_pools(connection, pools, now)
    return Load(
        members=members,
        pools=whole,
        reps=_over_all(connection, [each for each in reps.values() if each.caps], now),
        open=_open(connection, asked),
        latest=_latest(connection, by_idleness),
    )


def _by_work(state: PoolState) -> bool:
    return state.settings.open_cap is not None or state.settings.choose is Choose.LEAST_OPEN


def _lock(connection: Connection, reps: Collection[RepId]) -> None:
    """Let nobody else draw for these reps in other pools until the transaction ends."""
    query = select(rep.c.id).where(rep.c.external_id.in_(sorted(reps))).order_by(rep.c.external_id)
    connection.execute(query.with_for_update(key_share=True)).all()


def _of_pools(
    connection: Connection, pools: Mapping[PoolName, PoolState], now: datetime
) -> tuple[dict[tuple[PoolName, RepId, Per], int], dict[tuple[PoolName, Per], int]]:
    members: dict[tuple[PoolName, RepId, Per], int] = {}
    whole: dict[tuple[PoolName, Per], int] = {}
    capped = [state for state in pools.values() if any(_periods(state))]
    ids = row_ids(connection, [state.name for state in capped]) if capped else {}
    for state in capped:
        in_pool = turn.c.pool_id == ids[state.name]
        for per in sorted(set(_periods(state))):
            counts = _counted(connection, [in_pool], begins(per, now, state.settings.zone))
            members |= {(state.name, name, per): count for name, count in counts.items()}
            whole[state.name, per] = sum(counts.values())
    return members, whole


def _periods(state: PoolState) -> Iterator[Per]:
    yield from (cap.per for cap in state.settings.pool_caps)
    for member in state.members:
        yield from (cap.per for cap in caps_of(state.settings, member))


def _over_all(connection: Connection, capped: Iterable[Rep], now: datetime) -> dict[tuple[RepId, Per], int]:
    """The turns of reps over all pools, each in periods of the rep's own zone."""
    together: dict[tuple[Per, datetime | None], list[RepId]] = {}
    for each in capped:
        for cap in each.caps:
            together.setdefault((cap.per, begins(cap.per, now, each.time_zone)), []).append(each.id)
    return {
        (name, per): count
        for (per, since), names in together.items()
        for name, count in _counted(connection, [turn.c.rep.in_(names)], since).items()
    }


def _counted(
    connection: Connection, which: Iterable[ColumnElement[bool]], since: datetime | None
) -> dict[RepId, int]:
    """How many turns each rep drew, those given back left out."""
    back = turn.alias()
    query = select(turn.c.rep, func.count().label("number")).where(
        *which,
        turn.c.kind == EntryKind.DRAW,
        ~select(back.c.id).where(back.c.pool_id == turn.c.pool_id, back.c.gives_back == turn.c.turn).exists(),
    )
    if since is not None:
        query = query.where(turn.c.at >= since)
    return {RepId(row.rep): row.number for row in connection.execute(query.group_by(turn.c.rep))}


def _open(connection: Connection, reps: Collection[RepId]) -> dict[RepId, int]:
    if not reps:
        return {}
    query = (
        select(assignment.c.rep, func.count().label("number"))
        .where(assignment.c.rep.in_(sorted(reps)), assignment.c.ended_at.is_(None))
        .group_by(assignment.c.rep)
    )
    return {RepId(row.rep): row.number for row in connection.execute(query)}


def _latest(connection: Connection, reps: Collection[RepId]) -> dict[RepId, datetime]:
    if not reps:
        return {}
    newest = (  # one look into the index for each rep, however many assignments there are
        select(func.max(assignment.c.assigned_at))
        .where(assignment.c.rep == rep.c.external_id)
        .correlate(rep)
        .scalar_subquery()
    )
    query = select(rep.c.external_id, newest.label("at")).where(rep.c.external_id.in_(sorted(reps)))
    return {RepId(row.external_id): row.at for row in connection.execute(query) if row.at is not None}
