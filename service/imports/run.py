"""Storing a file: a chunk of rows at a time, the good ones in, the bad ones reported.

Each chunk is one transaction. Records are stored by external id and contacts
are told apart by their content, so a file that is sent again, or was cut off
and is sent again, changes nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from service.db import accounts, activities, opportunities, reps
from service.db.upserts import Outcome, Stored
from service.decision import Incoming
from service.engagement import taking
from service.engagement.records import SUBJECT
from service.imports import rows
from service.imports.headers import UNSAID, UNTOLD, Columns, Kind, named, recognise
from service.imports.reading import Format, Row, Source, Unreadable
from service.imports.rows import Fault, Read
from service.records.contacts import ContactIn

CHUNK = 500


class Storing(Protocol):
    """What does a piece of work in a transaction: a `Database`, or what stands in for one."""

    def transact(self, work: Callable[[Connection], list[Stored]]) -> list[Stored]:
        """Do it, and answer what came of it."""
        ...


class Became(Protocol):
    """What became of a contact, as far as an import looks at it: `Handled`."""

    @property
    def repeated(self) -> bool: ...

    @property
    def conflict(self) -> bool: ...


Handle = Callable[[Sequence[Incoming]], Sequence[Became]]
"""`Flow.handle`, or what stands in for it."""

_STORES: Mapping[Kind, Callable[..., list[Stored]]] = {
    Kind.ACCOUNTS: accounts.upsert,
    Kind.REPS: reps.upsert,
    Kind.OPPORTUNITIES: opportunities.upsert,
    Kind.ACTIVITIES: activities.upsert,
    Kind.SIGNALS: taking.upsert,
}


NO_ROWS = "holds no rows: there is nothing behind its headers"


@dataclass(slots=True, kw_only=True)
class Tally:
    """How far an import has come. ``rows`` are those read; ``outcomes`` counts what became of them."""

    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    notes: int = 0  # rows that went in without a part

    @property
    def refused(self) -> int:
        """Rows that did not go in."""
        return self.outcomes[Outcome.REFUSED]

    @property
    def stored(self) -> int:
        """Rows that went in, or were in already."""
        return self.outcomes.total() - self.refused


class Import:
    """One file on its way in.

    ``columns`` says which headers were recognised, or mapped ``by_hand`` (None unless it is CSV);
    ``month_first`` is told by `service.imports.dates`.
    Raises Unreadable at once when none of them names the records, or they cannot be mapped as was said.
    """

    def __init__(
        self,
        source: Source,
        kind: Kind,
        database: Storing,
        *,
        handle: Handle,
        now: Callable[[], datetime],
        report: Callable[[Fault], None],
        month_first: Mapping[str, bool] = UNTOLD,
        by_hand: Mapping[str, str] = UNSAID,
    ) -> None:
        self._source = source
        self._kind = kind
        self._database = database
        self._handle = handle
        self._now = now
        self._report = report
        self.columns = columns_of(kind, source, month_first, by_hand)
        self._month_first = month_first
        check(kind, self.columns)
        self.tally = Tally()
        self._ended = False

    def run(self) -> Iterator[Tally]:
        """Store the file; how far it has come after each chunk. Raises Unreadable."""
        for chunk in _chunks(self._source.rows):
            read = [self.read(row) for row in chunk]
            for each in read:
                for fault in each.faults:
                    self._report(fault)
            stored = self._store([each for each in read if each.record is not None])
            self.tally.rows += len(chunk)
            self.tally.notes += sum(any(fault.left_out for fault in each.faults) for each in read)
            self.tally.outcomes.update(stored)
            self.tally.outcomes[Outcome.REFUSED] += sum(each.record is None for each in read)
            yield self.tally
        self._ended = True

    def read(self, row: Row) -> Read:
        """The record of a row of the file, or what is wrong with it."""
        return read_row(self._kind, self.columns, row, self._month_first)

    def notes(self) -> list[str]:
        """What people should know: which columns are left aside; after a run, that there were no rows."""
        aside = self.columns.notes() if self.columns is not None else []
        return [*aside, NO_ROWS] if self._ended and not self.tally.rows else aside

    def header(self, field: str) -> str:
        """The header of the column that gives a field; the field's own name where there is none."""
        columns = self.columns
        if columns is None:
            return field
        return next(
            (columns.headers[place] for place, name in columns.fields.items() if name == field), field
        )

    def _store(self, good: Sequence[Read]) -> list[str]:
        if not good:
            return []
        if self._kind is Kind.CONTACTS:
            return self._decide(good)
        records = [each.record for each in good]
        upsert = _STORES[self._kind]
        stored = self._database.transact(lambda connection: upsert(connection, records, self._now()))
        for each, result in zip(good, stored, strict=True):
            if result.outcome is Outcome.REFUSED:
                column = self.header(result.field or "")
                self._report(Fault(line=each.line, column=column, problem=result.problem or ""))
        return [result.outcome.value for result in stored]

    def _decide(self, good: Sequence[Read]) -> list[str]:
        incoming = [each.record.incoming() for each in good if isinstance(each.record, ContactIn)]
        outcomes: list[str] = []
        for each, handled in zip(good, self._handle(incoming), strict=True):
            if handled.conflict:
                problem = "its event_id was used before for something else; give each event its own"
                self._report(Fault(line=each.line, column="event_id", problem=problem))
            known = Outcome.REFUSED if handled.conflict else Outcome.UNCHANGED
            outcomes.append(known if handled.repeated or handled.conflict else Outcome.CREATED)
        return outcomes


def read_row(kind: Kind, columns: Columns | None, row: Row, month_first: Mapping[str, bool] = UNTOLD) -> Read:
    """The record of a row, or what is wrong with it.

    ``columns`` is None unless the file is CSV, whose columns say themselves how dates are meant in them.
    """
    if row.problem is not None:
        fault = Fault(line=row.line, column=None, problem=row.problem)
        return Read(line=row.line, record=None, faults=(fault,))
    if columns is not None:
        return rows.from_cells(kind, columns, row.line, row.value)
    if kind is Kind.SIGNALS:
        return rows.from_object(row.line, row.value, month_first)
    return rows.validated(kind, row.line, row.value, {})


def columns_of(
    kind: Kind, source: Source, month_first: Mapping[str, bool], by_hand: Mapping[str, str]
) -> Columns | None:
    """What the columns of a file mean; None unless it is CSV. Raises Unreadable as `recognise` does."""
    if source.format is not Format.CSV:
        if by_hand:
            raise Unreadable("Only columns of CSV files are mapped; give the records the names of fields")
        return None
    return replace(recognise(kind, source.headers, by_hand), month_first=month_first)


def check(kind: Kind, columns: Columns | None) -> None:
    """Raise Unreadable unless a column names the records; records of JSON name themselves."""
    if columns is None:
        return
    found = set(columns.fields.values())
    if kind is Kind.SIGNALS:
        _check_signals(columns, found)
        return
    if kind is not Kind.CONTACTS and "external_id" not in found:
        raise Unreadable(
            f"No column is known as the id of the {kind}; name it external_id."
            f" Columns: {named(columns.headers)}"
        )
    if kind is Kind.CONTACTS and not found & {"email", "company", "website", "external_id"}:
        raise Unreadable(
            "No column is known as email, company, website or external_id, and a contact needs one of them."
            f" Columns: {named(columns.headers)}"
        )


def _check_signals(columns: Columns, found: Container[str]) -> None:
    """Raise Unreadable unless it can be told whose the signals are and what they are."""
    if not any(name in found for name in SUBJECT):
        raise Unreadable(
            f"No column tells whose the signals are; name one of them {', '.join(SUBJECT)}."
            f" Columns: {named(columns.headers)}"
        )
    if "kind" not in found and "kind" not in columns.usual:
        raise Unreadable(
            "No column is known as the kind of the signals, and the headers are not those of an export of"
            f" 6sense, Demandbase or Triblio; name the column kind. Columns: {named(columns.headers)}"
        )


def _chunks(source: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in source:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
