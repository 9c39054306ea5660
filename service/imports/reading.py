"""A file's bytes -> its rows, whatever encoding, separator and format they come in.

The formats are those of `layouts`, plain or gzipped, the encodings those of `encoding`;
`Source.notes` says what was assumed. A first line "sep=;", as Excel has it, names the separator.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from service.imports.encoding import found
from service.imports.layouts import LONGEST_CELL, Block, Format, Layout, Row, Unreadable, cells, reader

__all__ = ["Block", "Format", "Layout", "Row", "Source", "Unreadable", "format_of", "open_bytes", "open_file"]

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_NAMED = re.compile('"?sep=(.)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An open file: the headers (CSV only), the rows, and what was assumed to read it.

    ``lines`` are those behind the headers, which are ``before`` in number: rows are read from them.
    """

    layout: Layout
    headers: tuple[str, ...]
    rows: Iterator[Row]
    lines: Iterator[str]
    before: int
    notes: tuple[str, ...]
    raw: IO[bytes]
    text: IO[str]

    @property
    def format(self) -> Format:
        """How rows are laid out."""
        return self.layout.format

    def blocks(self, size: int) -> Iterator[Block]:
        """The rows as blocks of about ``size`` lines, for `Layout.rows_of`. Raises Unreadable."""
        return self.layout.blocks(self.lines, self.before, size)

    def close(self) -> None:
        """Close the file."""
        self.text.close()
        self.raw.close()

    def position(self) -> int:
        """How many bytes of the file have been read."""
        return self.raw.tell()


@contextmanager
def open_file(path: Path) -> Iterator[Source]:
    """Open a file by its name: .csv, .ndjson or .json, also .gz.

    Raises Unreadable, which names the file, also for what is found unreadable while it is open.
    """
    format = format_of(path.name)
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    try:
        with raw, closing(open_bytes(raw, format, compressed=path.suffix.lower() == ".gz")) as source:
            yield source
    except Unreadable as error:
        raise Unreadable(f"{path.name}: {error}") from None


def format_of(name: str) -> Format:
    """The format that a file's name tells. Raises Unreadable."""
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    known = {
        "csv": Format.CSV,
        "tsv": Format.CSV,
        "txt": Format.CSV,
        "ndjson": Format.NDJSON,
        "jsonl": Format.NDJSON,
    }
    if ending == "json":
        return Format.JSON
    if ending not in known:
        raise Unreadable(f"{name}: the name must end in .csv, .ndjson or .json, also .gz")
    return known[ending]


def open_bytes(raw: IO[bytes], format: Format, *, compressed: bool = False) -> Source:
    """The rows of a seekable file. Raises Unreadable."""
    encoding, notes = found(_plain(raw, compressed))
    text = io.TextIOWrapper(_plain(raw, compressed), encoding=encoding, newline="")
    separator, lines, before = _start(text) if format is Format.CSV else (",", iter(text), 0)
    headers: tuple[str, ...] = ()
    if format is Format.CSV:
        headers, taken = _headers(separator, lines)
        before += taken
    if separator != ",":
        notes = (*notes, f"read with {_SEPARATORS[separator]} between the columns")
    layout = Layout(format=format, separator=separator, width=len(headers))
    return Source(
        layout=layout,
        headers=headers,
        rows=layout.rows(lines, before),
        lines=lines,
        before=before,
        notes=notes,
        raw=raw,
        text=text,
    )


def _plain(raw: IO[bytes], compressed: bool) -> Any:
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if compressed else raw


def _separator(first: str) -> str:
    """What stands between the columns: the separator found most often in a line, outside quotes."""
    outside = "".join(first.split('"')[::2])
    return max(_SEPARATORS, key=lambda each: (outside.count(each), -list(_SEPARATORS).index(each)))


def _said_separator(line: str) -> str | None:
    """The separator that a line names which says nothing else, as Excel has it: sep=; Raises Unreadable."""
    said = _NAMED.fullmatch(line.rstrip("\r\n"))
    if said is None:
        return None
    if said[1] not in _SEPARATORS:
        known = ", ".join(_SEPARATORS.values())
        raise Unreadable(f"The first line names {said[1]!r} as separator; it must be one of {known}")
    return said[1]


def _start(text: io.TextIOWrapper) -> tuple[str, Iterator[str], int]:
    """The separator of a file of CSV, its lines from the headers on, and how many come before.

    Raises Unreadable.
    """
    line, before = "\n", 0
    while line and not line.strip():
        line = text.readline(LONGEST_CELL)
        before += 1
    said = _said_separator(line)
    if said is not None:
        return said, iter(text), before
    text.seek(0)
    return _separator(line), iter(text), 0


def _headers(separator: str, lines: Iterator[str]) -> tuple[tuple[str, ...], int]:
    """The headers of a file of CSV, and how many lines they take. Raises Unreadable."""
    rows = reader(lines, separator)
    first = next(cells(rows, sys.maxsize, 0), None)
    if first is None or first.problem is not None or not any(cell.strip() for cell in first.value):
        raise Unreadable("The first line must name the columns")
    return tuple(cell.strip() for cell in first.value), rows.line_num
