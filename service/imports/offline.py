"""Matching two files without a database: accounts held in process, one prediction for each contact."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from matching.index import Index
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import MatchPolicy
from matching.types import Account, Candidate, MatchResult
from service.api.schemas import ContactIn
from service.db.account_state import apply, as_matching
from service.db.upserts import Refused
from service.imports import rows
from service.imports.headers import Kind, recognise
from service.imports.reading import Format, Source, open_file
from service.imports.rows import Read
from service.records import AccountRecord

COLUMNS = ("contact_id", "outcome", "account_id", "score", "evidence", "candidates")

_WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)  # a file without times says what is so now, whenever that is


def read_accounts(path: Path) -> Iterator[Account]:
    """The accounts of a file; rows that cannot be read are left out. Raises Unreadable."""
    with open_file(path) as source:
        for read in _records(source, Kind.ACCOUNTS):
            if isinstance(read.record, AccountRecord):
                try:
                    yield as_matching(apply(None, read.record, _WHENEVER), _WHENEVER)
                except Refused:
                    continue


def match_file(index: Index, contacts: Path, out: Path, policy: MatchPolicy, step: Callable[[], None]) -> int:
    """Match the contacts of a file against ``index`` and write a row for each; how many. Raises Unreadable.

    ``step`` is called after each contact. A contact that cannot be read, or
    that has nothing to match by, is unmatched.
    """
    count = 0
    with open_file(contacts) as source, _writing(out) as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(COLUMNS)
        for name, read in _named(source):
            result = _match(index, read, policy)
            write.writerow(_prediction(name, result))
            count += 1
            step()
    return count


def _match(index: Index, read: Read, policy: MatchPolicy) -> MatchResult | None:
    if not isinstance(read.record, ContactIn):
        return None
    contact = normalize(read.record.contact())
    return match_contact(contact, index.consider(contact), policy)


def _prediction(name: str, result: MatchResult | None) -> tuple[str, ...]:
    if result is None:
        return (name, "unmatched", "", "0", "", "")
    best = next((each for each in result.candidates if each.account_id == result.account_id), None)
    return (
        name,
        result.outcome.value,
        result.account_id or "",
        f"{result.score:.6f}",
        _evidence(best) if best else "",
        "; ".join(f"{each.account_id}={each.score:.4f}" for each in result.candidates),
    )


def _evidence(candidate: Candidate) -> str:
    return "; ".join(f"{each.kind.value} {each.points:+.2f}" for each in candidate.evidence)


def _named(source: Source) -> Iterator[tuple[str, Read]]:
    """Each contact with its id in the file, or with its line when it has none."""
    columns = recognise(Kind.CONTACTS, source.headers) if source.format is Format.CSV else None
    place = (
        next((at for at, field in columns.fields.items() if field == "external_id"), None)
        if columns
        else None
    )
    for row in source.rows:
        cells = row.value
        if row.problem is not None:
            read = Read(line=row.line, record=None, faults=())
        elif columns is not None:
            read = rows.from_cells(Kind.CONTACTS, columns, row.line, cells)
        else:
            read = rows.validated(Kind.CONTACTS, row.line, cells, {})
        if columns is None:
            name = str(cells.get("external_id") or "") if isinstance(cells, dict) else ""
        else:
            name = cells[place] if place is not None and cells and place < len(cells) else ""
        yield name or f"line {row.line}", read


def _records(source: Source, kind: Kind) -> Iterator[Read]:
    columns = recognise(kind, source.headers) if source.format is Format.CSV else None
    for row in source.rows:
        if row.problem is not None:
            continue
        if columns is not None:
            yield rows.from_cells(kind, columns, row.line, row.value)
        else:
            yield rows.validated(kind, row.line, row.value, {})


@contextmanager
def _writing(path: Path) -> Iterator[IO[str]]:
    if path.suffix.lower() == ".gz":
        with gzip.open(path, "wt", encoding="utf-8", newline="") as packed:
            yield packed
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
