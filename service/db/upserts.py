"""Upserts by external id: what became of each record, and the plain case of one table.

Only what a record names is changed. Records that say nothing new write
nothing, so a file that is sent twice changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Row, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from service.db import changes

Record = TypeVar("Record", bound="Named")


_OURS = frozenset({"id", "external_id", "updated_at"})


class Named(Protocol):
    """A record that names itself."""

    @property
    def external_id(self) -> str: ...


class Outcome(StrEnum):
    """What an upsert did with one record."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of one record. ``field`` and ``problem`` are set when it was refused."""

    external_id: str
    outcome: Outcome
    field: str | None = None
    problem: str | None = None


class Refused(ValueError):
    """A record cannot be stored. ``field`` names what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class InUse(ValueError):
    """A record cannot be deleted, because something rests on it. The message says what to do instead."""


def refusal(external_id: str, refused: Refused) -> Stored:
    """The answer to a record that was refused."""
    return Stored(external_id=external_id, outcome=Outcome.REFUSED, field=refused.field, problem=str(refused))


def in_waves(
    records: Sequence[Record], store: Callable[[Sequence[Record]], Sequence[Stored]]
) -> list[Stored]:
    """Store records so that each wave has an id once; what became of each, in the order given."""
    results: dict[int, Stored] = {}
    waiting = list(enumerate(records))
    while waiting:
        wave: dict[str, tuple[int, Record]] = {}
        for place, record in waiting:
            wave.setdefault(record.external_id, (place, record))
        taken = {place for place, _ in wave.values()}
        stored = store([record for _, record in wave.values()])
        results |= zip((place for place, _ in wave.values()), stored, strict=True)
        waiting = [(place, record) for place, record in waiting if place not in taken]
    return [results[place] for place in range(len(records))]


def upsert_rows(
    connection: Connection,
    table: Table,
    named: Mapping[str, Mapping[str, Any]],
    *,
    needed: Mapping[str, Refused],
    defaults: Mapping[str, Any],
    now: datetime,
    noted: str | None = None,
) -> dict[str, Stored]:
    """Store rows of a table with an ``external_id``; what became of each, by external id.

    ``named`` gives, by external id, the columns to change. ``needed`` columns
    must have a value, and say how they are refused without; ``defaults``
    fill the other columns of a new row. ``noted``: the kind under which what
    was changed is put on record, with its values before and after.
    """
    query = select(table).where(table.c.external_id.in_(named)).with_for_update()
    known = {row.external_id: dict(row._mapping) for row in connection.execute(query)}
    results: dict[str, Stored] = {}
    rows: list[dict[str, Any]] = []
    for external_id, columns in sorted(named.items()):
        before = known.get(external_id)
        after = {**(before or defaults), **columns, "external_id": external_id}
        missing = next((name for name in needed if after.get(name) is None), None)
        if missing is not None:
            results[external_id] = refusal(external_id, needed[missing])
            continue
        results[external_id] = Stored(external_id=external_id, outcome=_outcome(before, after))
        if before != after:
            if noted is not None:
                changes.note(connection, noted, external_id, _said(before), _said(after))
            rows.append({name: value for name, value in after.items() if name != "id"})
    _write(connection, table, rows, now)
    return results


def upsert_records(
    connection: Connection,
    table: Table,
    records: Sequence[Record],
    columns: Callable[[Any], Mapping[str, Any]],
    needed: Mapping[str, Refused],
    now: datetime,
) -> list[Stored]:
    """Store records, each of which ``columns`` makes a row of; what became of each, in the order given."""
    defaults = {column.name: None for column in table.c}

    def store(wave: Sequence[Record]) -> list[Stored]:
        named = {record.external_id: columns(record) for record in wave}
        results = upsert_rows(connection, table, named, needed=needed, defaults=defaults, now=now)
        return [results[record.external_id] for record in wave]

    return in_waves(records, store)


def on_accounts(
    connection: Connection, table: Table, account: str | None, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Rows of things that are on accounts, in the order first stored, from behind the row ``after``."""
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if account is not None:
        query = query.where(table.c.account == account)
    return connection.execute(query).all()


def _said(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A row as it is on record of changes: what is not there is left out."""
    if row is None:
        return None
    return {name: value for name, value in row.items() if value is not None and name not in _OURS}


def _outcome(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Outcome:
    if before is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if before == after else Outcome.UPDATED


def _write(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Insert rows or replace those of the same id, in the order of the ids: no two batches deadlock."""
    if not rows:
        return
    stamped = [row | {"updated_at": now} for row in rows] if "updated_at" in table.c else list(rows)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    fresh = insert(table)
    changed = {
        column.name: fresh.excluded[column.name]
        for column in table.c
        if column.name not in ("id", "external_id")
    }
    connection.execute(fresh.on_conflict_do_update(index_elements=["external_id"], set_=changed), stamped)
