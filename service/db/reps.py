"""Reps: upserted by external id with their hours and absences, and read as the routing knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select

from routing.types import Absence, Rep, RepId, WorkBlock
from service.db.tables import assignment, pool_member, rep_absence
from service.db.tables import rep as table
from service.db.upserts import InUse, Outcome, Refused, Stored, in_waves, upsert_rows
from service.records import AbsenceRecord, RepRecord, blocks, rep_id

STEPS = 2
"""How far from the reps whom facts name their managers and covers are looked for."""

_NEEDED = {"name": Refused("name", "a new rep needs a name")}
_DEFAULTS: Mapping[str, Any] = {
    "email": None,
    "role": None,
    "team": None,
    "manager": None,
    "time_zone": "UTC",
    "working_hours": [],
    "active": True,
    "custom": {},
}


def upsert(connection: Connection, records: Sequence[RepRecord], now: datetime) -> list[Stored]:
    """Store reps by external id; what became of each, in the order given."""

    def store(wave: Sequence[RepRecord]) -> list[Stored]:
        customs = _customs(connection, [record.external_id for record in wave])
        named = {record.external_id: _columns(record, customs.get(record.external_id, {})) for record in wave}
        results = upsert_rows(connection, table, named, needed=_NEEDED, defaults=_DEFAULTS, now=now)
        accepted = [record for record in wave if results[record.external_id].outcome is not Outcome.REFUSED]
        for external_id in _store_absences(connection, accepted):
            if results[external_id].outcome is Outcome.UNCHANGED:
                results[external_id] = replace(results[external_id], outcome=Outcome.UPDATED)
        return [results[record.external_id] for record in wave]

    return in_waves(records, store)


def _customs(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    query = select(table.c.external_id, table.c.custom).where(table.c.external_id.in_(ids))
    return {row.external_id: row.custom for row in connection.execute(query)}


def _columns(record: RepRecord, custom: Mapping[str, Any]) -> dict[str, Any]:
    """The columns a record names; null puts a column back to its default."""
    named = record.model_dump(include=record.model_fields_set - {"absences"})
    if record.working_hours is not None:
        named["working_hours"] = [
            [block.weekday, block.start, block.end] for block in blocks(record.working_hours)
        ]
    if record.custom is not None:
        merged = {**custom, **record.custom}
        named["custom"] = {name: value for name, value in merged.items() if value is not None}
    cleared = {name: _DEFAULTS[name] for name, value in named.items() if value is None and name in _DEFAULTS}
    return named | cleared


def _store_absences(connection: Connection, records: Sequence[RepRecord]) -> set[str]:
    """Replace the absences of the records that name them, where they differ; whose did."""
    wanted = {
        record.external_id: sorted(_absence_row(record.external_id, each) for each in record.absences or ())
        for record in records
        if "absences" in record.model_fields_set
    }
    held: dict[str, list[tuple[Any, ...]]] = {external_id: [] for external_id in wanted}
    for row in connection.execute(select(rep_absence).where(rep_absence.c.rep.in_(wanted))) if wanted else ():
        held[row.rep].append((row.rep, row.start, row.until, row.cover or "", row.reason or ""))
    differing = {external_id for external_id, rows in wanted.items() if rows != sorted(held[external_id])}
    if differing:
        connection.execute(delete(rep_absence).where(rep_absence.c.rep.in_(differing)))
    columns = ("rep", "start", "until", "cover", "reason")
    fresh = [
        {name: value or None for name, value in zip(columns, row, strict=True)}
        for external_id in sorted(differing)
        for row in wanted[external_id]
    ]
    if fresh:
        connection.execute(insert(rep_absence), fresh)
    return differing


def _absence_row(external_id: str, absence: AbsenceRecord) -> tuple[Any, ...]:
    return (external_id, absence.starts, absence.until, absence.cover or "", absence.reason or "")


def by_id(connection: Connection, ids: Iterable[RepId]) -> dict[RepId, Rep]:
    """The reps of these ids that exist, with all their absences."""
    wanted = sorted(set(ids))
    return _read(connection, select(table).where(table.c.external_id.in_(wanted))) if wanted else {}


def around(connection: Connection, ids: Iterable[RepId]) -> dict[RepId, Rep]:
    """The reps of these ids that exist, with their managers and covers, and these people's in turn.

    Rules may ask for the manager of a rep, and a cover may be covered: `STEPS` away from
    whom the facts name is as far as anybody is looked for.
    """
    found: dict[RepId, Rep] = {}
    wanted = set(ids)
    for _ in range(1 + STEPS):
        found |= by_id(connection, wanted)
        wanted = related(found.values()) - found.keys()
        if not wanted:
            break
    return found


def related(people: Iterable[Rep]) -> set[RepId]:
    """The managers of these reps, and those who cover for them."""
    people = list(people)
    managers = {rep.manager for rep in people if rep.manager}
    return managers | {away.cover for rep in people for away in rep.absences if away.cover}


def all_reps(connection: Connection) -> list[Rep]:
    """Every rep, by name."""
    found = _read(connection, select(table))
    return sorted(found.values(), key=lambda rep: (rep.name.casefold(), rep.id))


def page(connection: Connection, *, after: int = 0, limit: int = 100) -> list[tuple[int, Rep]]:
    """Reps with their row numbers, in the order first stored, from behind the row ``after``."""
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    rows = {RepId(row.external_id): row.id for row in connection.execute(query)}
    return [(rows[rep.id], rep) for rep in sorted(by_id(connection, rows).values(), key=lambda r: rows[r.id])]


def remove(connection: Connection, external_id: str) -> bool:
    """Delete a rep with the absences; whether there was one. Accounts that name the rep stay as they are.

    Raises InUse for a rep who works contacts or is in a pool.
    """
    working = select(assignment.c.id).where(assignment.c.rep == external_id, assignment.c.ended_at.is_(None))
    member = select(pool_member.c.rep).where(pool_member.c.rep == external_id)
    if connection.execute(working.limit(1)).first() or connection.execute(member.limit(1)).first():
        raise InUse("The rep works contacts or is in a pool; set active to false instead")
    connection.execute(delete(rep_absence).where(rep_absence.c.rep == external_id))
    return connection.execute(delete(table).where(table.c.external_id == external_id)).rowcount > 0


def _read(connection: Connection, query: Select[Any]) -> dict[RepId, Rep]:
    """The reps of a query over the rep table; one row for each absence, so one statement does."""
    joined = query.add_columns(
        rep_absence.c.start, rep_absence.c.until, rep_absence.c.cover, rep_absence.c.reason
    ).outerjoin(rep_absence, rep_absence.c.rep == table.c.external_id)
    people: dict[RepId, Rep] = {}
    absences: dict[RepId, list[Absence]] = {}
    for row in connection.execute(joined):
        known = RepId(row.external_id)
        if known not in people:
            people[known] = _rep(row)
        if row.start is not None:
            away = Absence(start=row.start, until=row.until, cover=rep_id(row.cover), reason=row.reason)
            absences.setdefault(known, []).append(away)
    for known, away_times in absences.items():
        in_order = tuple(sorted(away_times, key=lambda away: (away.start, away.until)))
        people[known] = replace(people[known], absences=in_order)
    return people


def _rep(row: Row[Any]) -> Rep:
    return Rep(
        id=RepId(row.external_id),
        name=row.name,
        email=row.email,
        role=row.role,
        team=row.team,
        manager=rep_id(row.manager),
        time_zone=row.time_zone,
        working_hours=tuple(
            WorkBlock(weekday=day, start=start, end=end) for day, start, end in row.working_hours
        ),
        active=row.active,
        custom=row.custom,
    )
