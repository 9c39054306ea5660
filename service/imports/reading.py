"""A file's bytes -> its rows, whatever encoding, separator and format they come in.

The formats are those of `layouts`, plain or gzipped. UTF-8 with or without a byte-order
mark, UTF-16 with one; bytes that are not UTF-8 are read as Windows-1252, the
other thing that spreadsheets write, and `Source.notes` says so.
"""

from __future__ import annotations

import codecs
import gzip
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from service.imports.layouts import LONGEST_CELL, Block, Format, Layout, Row, Unreadable, cells, reader

__all__ = ["Block", "Format", "Layout", "Row", "Source", "Unreadable", "format_of", "open_bytes", "open_file"]

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_BLOCK = 1 << 20


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
    """Open a file by its name: .csv, .ndjson or .json, also .gz. Raises Unreadable."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    with raw:
        source = open_bytes(raw, format_of(path.name), compressed=path.suffix.lower() == ".gz")
        try:
            yield source
        finally:
            source.close()


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
    encoding, notes = _encoding(raw, compressed)
    text = io.TextIOWrapper(_plain(raw, compressed), encoding=encoding, newline="")
    separator = _separator(text) if format is Format.CSV else ","
    lines = _decoded(text)
    headers, before = _headers(separator, lines) if format is Format.CSV else ((), 0)
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


def _encoding(raw: IO[bytes], compressed: bool) -> tuple[str, tuple[str, ...]]:
    """The encoding of a file, found by reading all of it once."""
    data = _plain(raw, compressed)
    decoder = codecs.getincrementaldecoder("utf-8")()
    start, line = b"", 1
    valid = True
    try:
        while block := data.read(_BLOCK):
            if not start:
                start = block[:4]
                if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    return "utf-16", ("read as UTF-16",)
            if (at := block.find(b"\0")) >= 0:
                line += block.count(b"\n", 0, at)
                raise Unreadable(f"Line {line} has a NUL byte: take it out; save a workbook as CSV in UTF-8")
            line += block.count(b"\n")
            valid = valid and _decodes(decoder, block)
        valid = valid and _decodes(decoder, b"", final=True)
    except (OSError, EOFError):
        raise Unreadable("The file is not a whole gzip file; compress it again") from None
    if not start:
        raise Unreadable("The file is empty; its first line must name the columns")
    return ("utf-8-sig", ()) if valid else ("cp1252", ("is not UTF-8; read as Windows-1252",))


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _separator(text: io.TextIOWrapper) -> str:
    """What stands between the columns: the separator found most often in the first line, outside quotes."""
    line = next((line for line in iter(lambda: text.readline(LONGEST_CELL), "") if line.strip()), "")
    text.seek(0)
    outside = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=lambda each: (outside.count(each), -list(_SEPARATORS).index(each)))


def _decoded(text: io.TextIOWrapper) -> Iterator[str]:
    number = 1
    try:
        for line in text:
            yield line
            number += 1
    except UnicodeDecodeError:
        raise Unreadable(f"Line {number} cannot be read in the encoding of the file's start") from None


def _headers(separator: str, lines: Iterator[str]) -> tuple[tuple[str, ...], int]:
    """The headers of a file of CSV, and how many lines they take. Raises Unreadable."""
    rows = reader(lines, separator)
    first = next(cells(rows, sys.maxsize, 0), None)
    if first is None or first.problem is not None or not any(cell.strip() for cell in first.value):
        raise Unreadable("The first line must name the columns")
    return tuple(cell.strip() for cell in first.value), rows.line_num
