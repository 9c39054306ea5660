"""Pools: settings and members. Every change of membership is entered in the ledger.

Members are added, reweighed and removed through `routing.rotation`, so that
nobody is flooded or starved by it; the state of the rotation itself is read
and written in `service.db.rotation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from routing.rotation import join, leave, reweight
from routing.rotation.standings import find, with_member
from routing.types.people import RepId
from routing.types.pools import NobodyPolicy, PoolMember, PoolName, PoolSettings, PoolState
from service.db import changes as changes_of
from service.db import ledger, membership, reps, rotation
from service.db.ledger import Change
from service.db.member_rows import joined, left, reweighed, write_members
from service.db.tables import pool as table
from service.db.upserts import InUse, Outcome, Refused, Stored, refusal
from service.records.pools import MemberRecord, PoolRecord

SETTINGS = tuple(each.name for each in fields(PoolSettings))


def upsert(
    connection: Connection, records: Sequence[PoolRecord], now: datetime, *, reason: str = "pool saved"
) -> list[Stored]:
    """Store pools by name; what became of each, in the order given.

    A record's list of members, where it has one, is the whole list of those
    named. A setting that is null goes back to its default. Refused are pools that overflow
    in a circle.
    """
    made = _reserve(connection, sorted({record.name for record in records}), now)
    stored = []
    for record in records:
        stored.append(_store(connection, record, now, reason, new=record.name in made))
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


def _store(connection: Connection, record: PoolRecord, now: datetime, reason: str, *, new: bool) -> Stored:
    name = PoolName(record.name)
    before = rotation.load(connection, [name], lock=True)[name]
    settings = _settings(before.settings, record)
    if refused := _refused(connection, name, settings):
        if new:
            connection.execute(delete(table).where(table.c.name == name))
        return refusal(name, refused)
    after, changes = replace(before, settings=settings), list[Change]()
    if record.members is not None:
        after, changes = _membership(after, record.members, now, reason)
    if settings.members_where or before.settings.members_where:
        after, more = membership.followed(after, reps.all_reps(connection), now)
        changes += more
    if after == before and not new:
        return Stored(external_id=name, outcome=Outcome.UNCHANGED)
    connection.execute(
        update(table)
        .where(table.c.name == name)
        .values(settings=rotation.SETTINGS.dump_python(settings, mode="json"), updated_at=now)
    )
    write_members(connection, before, after)
    changes_of.note(connection, "pool", name, None if new else _shown(before), _shown(after))
    ledger.enter(connection, changes, now)
    return Stored(external_id=name, outcome=Outcome.CREATED if new else Outcome.UPDATED)


def _shown(state: PoolState) -> dict[str, Any]:
    """A pool as it is on record of changes: its settings, and each member's weight."""
    settings: dict[str, Any] = rotation.SETTINGS.dump_python(state.settings, mode="json")
    return settings | {"members": {member.rep: member.weight for member in state.members}}


def _settings(settings: PoolSettings, record: PoolRecord) -> PoolSettings:
    default = PoolSettings()
    named = {name: getattr(record, name) for name in SETTINGS if name in record.model_fields_set}
    changed = {name: getattr(default, name) if value is None else value for name, value in named.items()}
    return replace(settings, **changed)


def _refused(connection: Connection, name: PoolName, settings: PoolSettings) -> Refused | None:
    """What is wrong with settings as a whole, and beside the other pools'."""
    if settings.otherwise is NobodyPolicy.FIRST_AVAILABLE:
        return Refused(
            "otherwise", "must say what happens when nobody is there in time; it cannot wait again"
        )
    said = (settings.nobody, settings.otherwise)
    if NobodyPolicy.QUEUE in said and settings.queue is None:
        return Refused("queue", "must name the queue that contacts go to when nobody is available")
    if settings.overflow is None:
        missing = NobodyPolicy.OVERFLOW in said
        return Refused("overflow", "must name the pool that is asked when nobody is") if missing else None
    chain, onward = [name, settings.overflow], rotation.overflows(connection)
    while chain[-1] != name and chain[-1] in onward and chain[-1] not in chain[:-1]:
        chain.append(onward[chain[-1]])
    if chain[-1] != name:
        return None
    way = " to ".join(f"'{each}'" for each in chain)
    return Refused("overflow", f"must not lead back to the pool itself: it overflows from {way}")


def _membership(
    state: PoolState, wanted: Sequence[MemberRecord], now: datetime, reason: str
) -> tuple[PoolState, list[Change]]:
    """The pool with these members by name, and what was done to whom."""
    by_rep = {RepId(member.rep): member for member in wanted}
    changes: list[Change] = []
    for rep in sorted(member.rep for member in state.members if member.named and member.rep not in by_rep):
        state = leave(state, rep)
        changes.append(left(state, rep, reason))
    for rep, record in sorted(by_rep.items()):
        state, change = _placed(state, rep, record, now, reason)
        changes += change
    return state, changes


def _placed(
    state: PoolState, rep: RepId, record: MemberRecord, now: datetime, reason: str
) -> tuple[PoolState, list[Change]]:
    old = find(state, rep)
    before = state
    if old is None:
        state = join(state, rep, record.weight, since=record.since or now)
    elif old.weight != record.weight:
        state = reweight(state, rep, record.weight)
    member = find(state, rep)
    assert member is not None
    state = with_member(state, _as_said(member, record))
    if old is None:
        return state, [joined(state, rep, reason)]
    return state, [reweighed(before, state, rep, reason)] if old.weight != record.weight else []


def _as_said(member: PoolMember, record: MemberRecord) -> PoolMember:
    return replace(
        member,
        since=record.since or member.since,
        starts=record.starts,
        until=record.until,
        caps=record.caps or (),
        named=True,
    )


def get(connection: Connection, name: str) -> PoolState | None:
    """A pool with its members, or None."""
    return rotation.load(connection, [PoolName(name)], lock=False).get(PoolName(name))


def page(connection: Connection, *, after: int = 0, limit: int = 100) -> list[tuple[int, PoolState]]:
    """Pools with their row numbers, in the order first stored, from behind the row ``after``."""
    query = select(table.c.id, table.c.name).where(table.c.id > after).order_by(table.c.id).limit(limit)
    rows = [(row.id, PoolName(row.name)) for row in connection.execute(query)]
    states = rotation.load(connection, [name for _, name in rows], lock=False)
    return [(row, states[name]) for row, name in rows]


def every(connection: Connection) -> list[PoolState]:
    """All pools with their members, in the order first stored."""
    rows = connection.execute(select(table.c.name).order_by(table.c.id))
    names = [PoolName(name) for name in rows.scalars()]
    states = rotation.load(connection, names, lock=False)
    return [states[name] for name in names]


def remove(connection: Connection, name: str) -> bool:
    """Delete a pool that never drew a turn; whether there was one. Raises InUse for one that did."""
    drawn = connection.execute(select(table.c.turn).where(table.c.name == name)).scalar()
    if drawn:
        raise InUse("The pool has drawn turns, which its ledger keeps; take its members out instead")
    if (state := get(connection, name)) is not None:
        changes_of.note(connection, "pool", name, _shown(state), None)
    return connection.execute(delete(table).where(table.c.name == name)).rowcount > 0
