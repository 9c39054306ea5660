"""The state of rotation: pools read under lock, turns taken in one update, the ledger.

A batch locks the pools it may draw from in one order, reads them, draws in
memory, and writes them back once, inside the transaction of the decisions
that the turns serve: a turn without its decision cannot exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, insert, select, update

from routing.types import PoolMember, PoolName, PoolSettings, PoolState, RepId, RotationMove
from service.db.tables import pool, pool_member, turn

SETTINGS: TypeAdapter[PoolSettings] = TypeAdapter(PoolSettings)
"""How pool settings stand in the ``settings`` column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A turn that was used, for the ledger."""

    move: RotationMove
    decision_id: str


def load(connection: Connection, names: Iterable[PoolName], *, lock: bool) -> dict[PoolName, PoolState]:
    """The named pools and those they overflow into; a name without a pool is left out.

    With ``lock`` the pools stay this transaction's until it ends. They are
    locked in the order of their names, so that two batches cannot deadlock.
    """
    wanted = _with_overflow(connection, set(names))
    query = select(pool).where(pool.c.name.in_(sorted(wanted))).order_by(pool.c.name)
    rows = connection.execute(query.with_for_update() if lock else query).all()
    members = connection.execute(
        select(pool_member)
        .where(pool_member.c.pool_id.in_([row.id for row in rows]))
        .order_by(pool_member.c.rep)
    ).all()
    return {
        PoolName(row.name): PoolState(
            name=PoolName(row.name),
            settings=SETTINGS.validate_python(row.settings),
            turn=row.turn,
            members=tuple(_member(m) for m in members if m.pool_id == row.id),
        )
        for row in rows
    }


def _with_overflow(connection: Connection, names: set[PoolName]) -> set[PoolName]:
    found: set[PoolName] = set()
    missing = names
    while missing:
        found |= missing
        settings = connection.execute(
            select(pool.c.settings).where(pool.c.name.in_(sorted(missing)))
        ).scalars()
        named = {SETTINGS.validate_python(plain).overflow for plain in settings}
        missing = {name for name in named if name} - found
    return found


def _member(row: Any) -> PoolMember:
    return PoolMember(
        rep=RepId(row.rep),
        weight=row.weight,
        turns=row.turns,
        credit=row.credit,
        last_turn=row.last_turn,
    )


def save(
    connection: Connection,
    before: Mapping[PoolName, PoolState],
    after: Mapping[PoolName, PoolState],
    now: datetime,
) -> None:
    """Write back the pools that changed. Call only with pools loaded under lock."""
    changed = [after[name] for name in sorted(before) if after[name] != before[name]]
    if not changed:
        return
    ids = _ids(connection, [state.name for state in changed])
    connection.execute(
        update(pool)
        .where(pool.c.id == bindparam("known_id"))
        .values(turn=bindparam("new_turn"), updated_at=now),
        [{"known_id": ids[state.name], "new_turn": state.turn} for state in changed],
    )
    moved = [
        {
            "known_pool": ids[state.name],
            "known_rep": member.rep,
            "new_turns": member.turns,
            "new_credit": member.credit,
            "new_last": member.last_turn,
        }
        for state in changed
        for member, old in zip(state.members, before[state.name].members, strict=True)
        if member != old
    ]
    connection.execute(
        update(pool_member)
        .where(pool_member.c.pool_id == bindparam("known_pool"), pool_member.c.rep == bindparam("known_rep"))
        .values(
            turns=bindparam("new_turns"), credit=bindparam("new_credit"), last_turn=bindparam("new_last")
        ),
        moved,
    )


def record(connection: Connection, draws: Sequence[Draw], now: datetime) -> None:
    """Enter the turns drawn, and those that passed members who were away, into the ledger."""
    if not draws:
        return
    ids = _ids(connection, [draw.move.pool for draw in draws])
    connection.execute(insert(turn), [row for draw in draws for row in _ledger_rows(draw, ids, now)])


def _ledger_rows(draw: Draw, ids: Mapping[PoolName, int], now: datetime) -> list[dict[str, Any]]:
    common = {"pool_id": ids[draw.move.pool], "decision_id": draw.decision_id, "reason": None, "at": now}
    drawn = common | {"turn": draw.move.turn, "kind": "draw", "rep": draw.move.rep}
    return [drawn, *(common | {"turn": None, "kind": "missed", "rep": rep} for rep in draw.move.missed)]


def record_correction(
    connection: Connection, name: PoolName, kind: str, rep: RepId, reason: str, now: datetime
) -> None:
    """Enter what uses no turn: a turn given back, a member who joins, leaves or is weighed anew."""
    connection.execute(
        insert(turn).values(
            pool_id=_ids(connection, [name])[name], turn=None, kind=kind, rep=rep, reason=reason, at=now
        )
    )


def _ids(connection: Connection, names: Iterable[PoolName]) -> dict[PoolName, int]:
    rows = connection.execute(select(pool.c.name, pool.c.id).where(pool.c.name.in_(sorted(set(names)))))
    return {PoolName(name): row for name, row in rows}
