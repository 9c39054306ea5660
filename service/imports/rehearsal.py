"""What storing a file would do: found by doing it as it will be done, and taking it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from service.db import decisions
from service.db.engine import Database, Undo, attempt, first_of_all
from service.db.upserts import Stored
from service.decision import Incoming
from service.imports import cells
from service.imports.headers import Columns, Kind
from service.imports.kept import Kept
from service.imports.reading import Row
from service.imports.references import Reference, references, unknown
from service.imports.rows import Fault, Read
from service.imports.run import Import

ROWS = 2_000
"""How many rows are tried; the locks of a chunk of them are held while it is."""
_SHOWN = 5
_ID = "external_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Names in a column that are of no rep or no account: in how many rows, how many names, the first."""

    column: str
    to: Kind
    rows: int
    number: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would become of the first rows, what is wrong with them, and whom they name that is not there.

    ``whole``: these rows are all of the file. Each chunk is tried by itself: an id that stands in two of
    them counts as new in both. ``notes``: which columns are left aside, and what was assumed of the file.
    """

    rows: int
    whole: bool
    notes: Sequence[str]
    outcomes: Mapping[str, int]
    faults: Sequence[Fault]
    unknown: Sequence[Unknown]


def rehearse(file: Kept, database: Database, now: Callable[[], datetime]) -> Rehearsal:
    """Try to store a file; nothing of it stays. Raises Unreadable."""
    source = file.source()
    rows = list(islice(source.rows, ROWS))
    whole = next(source.rows, None) is None
    faults: list[Fault] = []
    work = _Noting(
        replace(source, rows=iter(rows)),
        file.kind,
        _TakenBack(database),
        handle=_Known(database),
        now=now,
        report=faults.append,
        month_first=file.month_first(),
        by_hand=file.by_hand,
    )
    for _ in work.run():
        pass
    return Rehearsal(
        rows=work.tally.rows,
        whole=whole,
        notes=(*source.notes, *work.notes()),
        outcomes=work.tally.outcomes,
        faults=sorted(faults, key=lambda fault: fault.line),
        unknown=_unknown(file, database, work),
    )


class _Noting(Import):
    """An import that notes whom and what its records name."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.named: list[Reference] = []

    def read(self, row: Row) -> Read:
        """The record of a row, whose references are noted."""
        read = super().read(row)
        if read.record is not None:
            self.named += references(read.record)
        return read


class _TakenBack:
    """A database in which nothing stays, not even on record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def transact(self, work: Callable[[Connection], list[Stored]]) -> list[Stored]:
        """What the work comes to; then it is undone."""
        found: list[Stored] = []

        def tried(connection: Connection) -> None:
            def undone() -> None:
                found[:] = work(connection)
                raise Undo

            attempt(connection, undone)

        token = first_of_all.set(None)
        try:
            self._database.transact(tried)
        finally:
            first_of_all.reset(token)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Became:
    repeated: bool
    conflict: bool


class _Known:
    """Tells of contacts which were decided before; none is decided."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, incoming: Sequence[Incoming]) -> list[_Became]:
        with self._database.read() as connection:
            before = decisions.by_event(connection, [each.event_key for each in incoming])
        digests = {key: decision.event_digest for key, decision in before.items()}
        found = []
        for each in incoming:
            known = digests.setdefault(each.event_key, each.digest)
            repeated = each.event_key in before
            found.append(_Became(repeated=repeated, conflict=known != each.digest))
        return found


def _unknown(file: Kept, database: Database, work: _Noting) -> list[Unknown]:
    """The references that lead nowhere, by column; what the file itself brings is there."""
    with database.read() as connection:
        lost = {
            kind: unknown(connection, kind, (each.id for each in work.named if each.to is kind))
            for kind in {each.to for each in work.named}
        }
    if lost.get(file.kind):
        lost[file.kind] -= _brought(file, work.columns)
    found: dict[tuple[str, Kind], Counter[str]] = {}
    for each in work.named:
        if each.id in lost[each.to]:
            found.setdefault((each.field, each.to), Counter())[each.id] += 1
    return [
        Unknown(
            column=work.header(field),
            to=kind,
            rows=names.total(),
            number=len(names),
            first=tuple(islice(names, _SHOWN)),
        )
        for (field, kind), names in found.items()
    ]


def _brought(file: Kept, columns: Columns | None) -> set[str]:
    """The ids of all records of the file."""
    rows = (row.value for row in file.source().rows if row.problem is None)
    if columns is None:
        return {str(record.get(_ID, "")) for record in rows}
    place = next(place for place, field in columns.fields.items() if field == _ID)
    return {cells.text(cells.said(row[place])) for row in rows if place < len(row)}
