"""How rows are laid out in a file: lines -> rows, or blocks of whole rows that others can read.

CSV, NDJSON and JSON lists. Only the reader of CSV knows where a row ends: a
cell in quotes may hold line breaks, and a quote inside a cell without them opens nothing.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import Any, NamedTuple

LONGEST_CELL = 131_072
"""Characters of a cell of CSV at most."""


class Unreadable(ValueError):
    """A file cannot be read at all. The message says what would be right."""


class Format(StrEnum):
    """How rows are laid out in a file."""

    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"


class Row(NamedTuple):
    """One row: the line of the file it starts on (in a JSON list, its number), and what it holds.

    ``value`` is a list of cells, or what a JSON record holds; ``problem`` is
    set instead when the row cannot be read.
    """

    line: int
    value: Any = None
    problem: str | None = None


class Block(NamedTuple):
    """Whole rows of a file, still to be read, and how many lines (of a JSON list, records) come before.

    ``held`` is their text; of a JSON list, which is read as a whole, the records.
    """

    before: int
    held: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What reads the rows of one file. Of CSV are ``separator`` and ``width``, how many columns there are."""

    format: Format
    separator: str = ","
    width: int = 0

    def rows(self, lines: Iterable[str], before: int = 0) -> Iterator[Row]:
        """The rows of lines, with so many lines before them. Raises Unreadable."""
        if self.format is Format.CSV:
            return cells(reader(lines, self.separator), self.width, before)
        return _records(lines, before) if self.format is Format.NDJSON else _listed(lines)

    def rows_of(self, block: Block) -> Iterator[Row]:
        """The rows of a block."""
        if self.format is Format.JSON:
            return _objects(block.held, block.before)
        return self.rows(io.StringIO(block.held, newline=""), block.before)

    def blocks(self, lines: Iterator[str], before: int, size: int) -> Iterator[Block]:
        """The rows of lines, with so many before them, about ``size`` lines at a time. Raises Unreadable."""
        if self.format is Format.JSON:
            records = _list(lines)
            yield from (Block(start, records[start : start + size]) for start in range(0, len(records), size))
            return
        while some := list(islice(lines, size)):
            text = "".join(some)
            if self.format is Format.CSV and '"' in text:
                some = self._whole(some, lines)
                text = "".join(some)
            yield Block(before, text)
            before += len(some)

    def _whole(self, some: Sequence[str], rest: Iterator[str]) -> list[str]:
        """Some lines, and those behind them in which their last row goes on."""
        taken: list[str] = []

        def given() -> Iterator[str]:
            for line in chain(some, rest):
                taken.append(line)
                yield line

        rows = reader(given(), self.separator)
        while len(taken) < len(some):
            with suppress(csv.Error):
                next(rows)
        return taken


def reader(lines: Iterable[str], separator: str) -> Any:
    """What divides lines of CSV into cells."""
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(lines, delimiter=separator, strict=True)


def cells(reader: Any, width: int, before: int) -> Iterator[Row]:
    """The rows that a reader of CSV finds in lines that have so many before them; blank ones are none."""
    while True:
        line = before + reader.line_num + 1
        try:
            found: Sequence[str] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line, problem=_csv_problem(str(error)))
            continue
        if len(found) > width and any(map(str.strip, found[width:])):
            problem = f"has {len(found)} cells for {width} columns; put cells with separators in quotes"
            yield Row(line, problem=problem)
        elif any(map(str.strip, found)):
            yield Row(line, found)


def _csv_problem(message: str) -> str:
    if "field larger" in message:
        return f"a cell has more than {LONGEST_CELL} characters; most likely a quote is not closed"
    if "unexpected end" in message:
        return "a quote is opened and not closed; double the quotes inside a cell"
    return "quotes do not match; put the cell in quotes and double those inside it"


def _records(lines: Iterable[str], before: int) -> Iterator[Row]:
    for number, line in enumerate(lines, start=before + 1):
        if line.strip():
            yield _record(number, line)


def _record(number: int, line: str) -> Row:
    try:
        value = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Row(line=number, problem="is not JSON; each line must be one object")
    return _object(number, value)


def _object(number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(line=number, problem="must be an object with the fields of one record")
    return Row(line=number, value=value)


def _objects(values: Sequence[Any], before: int) -> Iterator[Row]:
    return (_object(number, value) for number, value in enumerate(values, start=before + 1))


def _listed(lines: Iterable[str]) -> Iterator[Row]:
    yield from _objects(_list(lines), 0)


def _list(lines: Iterable[str]) -> list[Any]:
    try:
        values = json.loads("".join(lines), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("The file is not JSON; it must hold one list of objects") from None
    if not isinstance(values, list):
        raise Unreadable("The file must hold one list of objects")
    return values


def _no_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
