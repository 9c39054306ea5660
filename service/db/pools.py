"""Pools: settings and members. Every change of membership is entered in the ledger.

Members are added, reweighed and removed through `routing.rotation`, so that
nobody is flooded or starved by it; the state of the rotation itself is read
and written in `service.db.rotation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from routing.rotation import join, leave, reweight
from routing.types import PoolName, PoolSettings, PoolState, RepId
from service.db import rotation
from service.db.tables import pool as table
from service.db.tables import pool_member
from service.db.upserts import InUse, Outcome, Stored
from service.records import PoolRecord

_SETTINGS = ("respect_hours", "nobody", "overflow", "keep_holder", "on_return")


def upsert(
    connection: Connection, records: Sequence[PoolRecord], now: datetime, *, reason: str = "pool saved"
) -> list[Stored]:
    """Store pools by name; what became of each, in the order given.

    A record's list of members, where it has one, is the whole list. A setting
    that is null goes back to its default.
    """
    made = _reserve(connection, sorted({record.name for record in records}), now)
    stored = []
    for record in records:
        changed = _store(connection, record, now, reason)
        outcome = Outcome.UPDATED if changed else Outcome.UNCHANGED
        stored.append(
            Stored(external_id=record.name, outcome=Outcome.CREATED if record.name in made else outcome)
        )
        made -= {record.name}
    return stored


def _reserve(connection: Connection, names: Sequence[str], now: datetime) -> set[str]:
    """Make a row for each pool that has none, in one order; the names of those made."""
    if not names:
        return set()
    settings = rotation.SETTINGS.dump_python(PoolSettings(), mode="json")
    insert_into = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    made = insert_into(table).on_conflict_do_nothing(index_elements=["name"]).returning(table.c.name)
    rows = [{"name": name, "settings": settings, "turn": 0, "updated_at": now} for name in names]
    return set(connection.execute(made, rows).scalars())


def _store(connection: Connection, record: PoolRecord, now: datetime, reason: str) -> bool:
    name = PoolName(record.name)
    before = rotation.load(connection, [name], lock=True)[name]
    settings = _settings(before.settings, record)
    after, changes = (before, []) if record.members is None else _membership(before, record)
    if settings == before.settings and not changes:
        return False
    connection.execute(
        update(table)
        .where(table.c.name == name)
        .values(settings=rotation.SETTINGS.dump_python(settings, mode="json"), updated_at=now)
    )
    _write_members(connection, before, after)
    for kind, rep in changes:
        rotation.record_correction(connection, name, kind, rep, reason, now)
    return True


def _settings(settings: PoolSettings, record: PoolRecord) -> PoolSettings:
    default = PoolSettings()
    named = {name: getattr(record, name) for name in _SETTINGS if name in record.model_fields_set}
    changed = {name: getattr(default, name) if value is None else value for name, value in named.items()}
    return replace(settings, **changed)


def _membership(state: PoolState, record: PoolRecord) -> tuple[PoolState, list[tuple[str, RepId]]]:
    """The pool with the record's members, and what was done to whom."""
    wanted = {RepId(member.rep): member.weight for member in record.members or ()}
    weights = {member.rep: member.weight for member in state.members}
    changes: list[tuple[str, RepId]] = []
    for rep in sorted(weights.keys() - wanted.keys()):
        state = leave(state, rep)
        changes.append(("leave", rep))
    for rep, weight in sorted(wanted.items()):
        if rep not in weights:
            state = join(state, rep, weight)
            changes.append(("join", rep))
        elif weights[rep] != weight:
            state = reweight(state, rep, weight)
            changes.append(("reweight", rep))
    return state, changes


def _write_members(connection: Connection, before: PoolState, after: PoolState) -> None:
    """Write the members that differ anew, whole."""
    old = {member.rep: member for member in before.members}
    new = {member.rep: member for member in after.members}
    differing = [rep for rep in sorted(old.keys() | new.keys()) if old.get(rep) != new.get(rep)]
    if not differing:
        return
    pool_id = connection.execute(select(table.c.id).where(table.c.name == after.name)).scalar_one()
    connection.execute(
        delete(pool_member).where(pool_member.c.pool_id == pool_id, pool_member.c.rep.in_(differing))
    )
    rows = [{"pool_id": pool_id} | asdict(new[rep]) for rep in differing if rep in new]
    if rows:
        connection.execute(insert(pool_member), rows)


def get(connection: Connection, name: str) -> PoolState | None:
    """A pool with its members, or None."""
    return rotation.load(connection, [PoolName(name)], lock=False).get(PoolName(name))


def page(connection: Connection, *, after: int = 0, limit: int = 100) -> list[tuple[int, PoolState]]:
    """Pools with their row numbers, in the order first stored, from behind the row ``after``."""
    query = select(table.c.id, table.c.name).where(table.c.id > after).order_by(table.c.id).limit(limit)
    rows = [(row.id, PoolName(row.name)) for row in connection.execute(query)]
    states = rotation.load(connection, [name for _, name in rows], lock=False)
    return [(row, states[name]) for row, name in rows]


def remove(connection: Connection, name: str) -> bool:
    """Delete a pool that never drew a turn; whether there was one. Raises InUse for one that did."""
    drawn = connection.execute(select(table.c.turn).where(table.c.name == name)).scalar()
    if drawn:
        raise InUse("The pool has drawn turns, which its ledger keeps; take its members out instead")
    return connection.execute(delete(table).where(table.c.name == name)).rowcount > 0
