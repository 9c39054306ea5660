"""The state of rotation: pools read under lock, and turns taken in one update.

A batch locks the pools it may draw from in one order, reads them, draws in
memory, and writes them back once, inside the transaction of the decisions
that the turns serve: a turn without its decision cannot exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, select, update

from routing.types.people import Cap, Per, RepId
from routing.types.pools import NobodyPolicy, PoolMember, PoolName, PoolSettings, PoolState, SkipPolicy
from service.db.tables import pool, pool_member

SETTINGS: TypeAdapter[PoolSettings] = TypeAdapter(PoolSettings)
"""How pool settings stand in the ``settings`` column."""


def load(connection: Connection, names: Iterable[PoolName], *, lock: bool) -> dict[PoolName, PoolState]:
    """The named pools and those they overflow into; a name without a pool is left out.

    With ``lock`` the pools stay this transaction's until it ends. They are
    locked in the order of their names, so that two batches cannot deadlock.
    """
    return _read(connection, _reachable(_every(connection), set(names), ()), lock=lock)


@dataclass(frozen=True, slots=True)
class Known:
    """The stored settings of all pools, read once for a batch."""

    settings: Mapping[PoolName, Mapping[str, Any]]

    def look_around(self, names: Collection[PoolName]) -> bool:
        """Whether a pool that contacts may come to through these asks who had others of the account."""
        return any(
            self.settings[name].get("skip_last") and self.settings[name].get("skip_of") == SkipPolicy.ACCOUNT
            for name in _reachable(self.settings, set(names), names)
        )


def known(connection: Connection) -> Known:
    """The pools there are."""
    return Known(_every(connection))


def load_for_decisions(
    connection: Connection,
    known: Known,
    names: Iterable[PoolName],
    or_else: Collection[PoolName],
    *,
    lock: bool,
) -> dict[PoolName, PoolState]:
    """As `load`, with every pool that contacts may touch beside those they ask for.

    These are ``or_else``, where a pool leaves a contact to the next rule, and the
    pools that count contacts which their members get by other rules.
    """
    counting = {name for name, settings in known.settings.items() if settings.get("count_owned")}
    return _read(connection, _reachable(known.settings, set(names), or_else) | counting, lock=lock)


def load_counting_manual(connection: Connection, rep: RepId) -> dict[PoolName, PoolState]:
    """The pools, locked, that count what a person puts in the rep's hands."""
    of_rep = select(pool_member.c.pool_id).where(pool_member.c.rep == rep)
    rows = connection.execute(select(pool.c.name, pool.c.settings).where(pool.c.id.in_(of_rep)))
    counting = {PoolName(row.name) for row in rows if row.settings.get("count_manual")}
    return _read(connection, counting, lock=True)


def _every(connection: Connection) -> dict[PoolName, Mapping[str, Any]]:
    """The stored settings of all pools."""
    rows = connection.execute(select(pool.c.name, pool.c.settings))
    return {PoolName(row.name): row.settings for row in rows}


def _reachable(
    every: Mapping[PoolName, Mapping[str, Any]], names: set[PoolName], or_else: Collection[PoolName]
) -> set[PoolName]:
    found: set[PoolName] = set()
    missing = names & every.keys()
    while missing:
        found |= missing
        more = {PoolName(every[name].get("overflow") or "") for name in missing}
        if any(_passes_on(every[name]) for name in missing):
            more |= set(or_else)
        missing = (more & every.keys()) - found
    return found


def _passes_on(settings: Mapping[str, Any]) -> bool:
    return NobodyPolicy.NEXT_RULE in (settings.get("nobody"), settings.get("otherwise"))


def _read(connection: Connection, names: set[PoolName], *, lock: bool) -> dict[PoolName, PoolState]:
    if not names:
        return {}
    query = select(pool).where(pool.c.name.in_(sorted(names))).order_by(pool.c.name)
    rows = connection.execute(query.with_for_update() if lock else query).all()
    members: dict[int, list[PoolMember]] = {row.id: [] for row in rows}
    found = select(pool_member).where(pool_member.c.pool_id.in_(members)).order_by(pool_member.c.rep)
    for row in connection.execute(found):
        members[row.pool_id].append(_member(row))
    return {
        PoolName(row.name): PoolState(
            name=PoolName(row.name),
            settings=SETTINGS.validate_python(row.settings),
            turn=row.turn,
            members=tuple(members[row.id]),
            reset_at=row.reset_at,
        )
        for row in rows
    }


def _member(row: Any) -> PoolMember:
    return PoolMember(
        rep=RepId(row.rep),
        weight=row.weight,
        turns=row.turns,
        credit=row.credit,
        last_turn=row.last_turn,
        percent=row.percent,
        since=row.since,
        starts=row.starts,
        until=row.until,
        caps=caps_in(row.caps),
        named=row.named,
    )


def caps_in(stored: Mapping[str, int] | None) -> tuple[Cap, ...]:
    """Caps out of their column."""
    return tuple(Cap(per=Per(per), most=most) for per, most in (stored or {}).items())


def caps_out(caps: Iterable[Cap]) -> dict[str, int] | None:
    """Caps as their column and the API have them; None for none."""
    return {cap.per.value: cap.most for cap in caps} or None


def save(
    connection: Connection,
    before: Mapping[PoolName, PoolState],
    after: Mapping[PoolName, PoolState],
    now: datetime,
) -> None:
    """Write back the pools that changed. Call only with pools loaded under lock, and the same members."""
    changed = [after[name] for name in sorted(before) if after[name] != before[name]]
    if not changed:
        return
    ids = row_ids(connection, [state.name for state in changed])
    connection.execute(
        update(pool)
        .where(pool.c.id == bindparam("known_id"))
        .values(turn=bindparam("new_turn"), reset_at=bindparam("new_reset"), updated_at=now),
        [
            {"known_id": ids[state.name], "new_turn": state.turn, "new_reset": state.reset_at}
            for state in changed
        ],
    )
    moved = [
        {
            "known_pool": ids[state.name],
            "known_rep": member.rep,
            "new_turns": member.turns,
            "new_credit": member.credit,
            "new_last": member.last_turn,
            "new_percent": member.percent,
        }
        for state in changed
        for member, old in zip(state.members, before[state.name].members, strict=True)
        if member != old
    ]
    if moved:
        connection.execute(_MOVE, moved)


_MOVE = (
    update(pool_member)
    .where(pool_member.c.pool_id == bindparam("known_pool"), pool_member.c.rep == bindparam("known_rep"))
    .values(
        turns=bindparam("new_turns"),
        credit=bindparam("new_credit"),
        last_turn=bindparam("new_last"),
        percent=bindparam("new_percent"),
    )
)


def row_ids(connection: Connection, names: Iterable[PoolName]) -> dict[PoolName, int]:
    """The row numbers of pools that exist."""
    rows = connection.execute(select(pool.c.name, pool.c.id).where(pool.c.name.in_(sorted(set(names)))))
    return {PoolName(name): row for name, row in rows}


def overflows(connection: Connection) -> dict[PoolName, PoolName]:
    """Which pool names which for when nobody is available."""
    every = _every(connection).items()
    return {name: PoolName(settings["overflow"]) for name, settings in every if settings.get("overflow")}
