"""A file's bytes -> its rows, whatever encoding, separator and format they come in.

CSV, NDJSON and JSON lists, plain or gzipped. UTF-8 with or without a byte-order
mark, UTF-16 with one; bytes that are not UTF-8 are read as Windows-1252, the
other thing that spreadsheets write, and `Source.notes` says so.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, NamedTuple

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_BLOCK = 1 << 20
_LONGEST_CELL = 131_072


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An open file: the headers (CSV only), the rows, and what was assumed to read it."""

    format: Format
    headers: tuple[str, ...]
    rows: Iterator[Row]
    notes: tuple[str, ...]
    raw: IO[bytes]
    text: IO[str]

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
    if format is Format.CSV:
        return _csv(raw, text, notes)
    rows = _lines(text) if format is Format.NDJSON else _list(text)
    return Source(format=format, headers=(), rows=rows, notes=notes, raw=raw, text=text)


def _plain(raw: IO[bytes], compressed: bool) -> Any:
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if compressed else raw


def _encoding(raw: IO[bytes], compressed: bool) -> tuple[str, tuple[str, ...]]:
    """The encoding of a file, found by reading all of it once."""
    data = _plain(raw, compressed)
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = b""
    valid = True
    try:
        while block := data.read(_BLOCK):
            if not start:
                start = block[:4]
                if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    return "utf-16", ("read as UTF-16",)
            if b"\0" in block:
                raise Unreadable("The file has NUL bytes: save it as CSV in UTF-8, not as a workbook")
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


def _csv(raw: IO[bytes], text: io.TextIOWrapper, notes: tuple[str, ...]) -> Source:
    csv.field_size_limit(_LONGEST_CELL)
    separator = _separator(text)
    text.seek(0)
    reader = csv.reader(text, delimiter=separator, strict=True)
    rows = _cells(reader)
    first = next(rows, None)
    if first is None or first.problem is not None or not any(cell.strip() for cell in first.value):
        raise Unreadable("The first line must name the columns")
    headers = tuple(cell.strip() for cell in first.value)
    if separator != ",":
        notes = (*notes, f"read with {_SEPARATORS[separator]} between the columns")
    return Source(
        format=Format.CSV, headers=headers, rows=_checked(rows, len(headers)), notes=notes, raw=raw, text=text
    )


def _separator(text: io.TextIOWrapper) -> str:
    """What stands between the columns: the separator found most often in the first line, outside quotes."""
    line = next((line for line in iter(lambda: text.readline(_LONGEST_CELL), "") if line.strip()), "")
    outside = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=lambda each: (outside.count(each), -list(_SEPARATORS).index(each)))


def _cells(reader: Any) -> Iterator[Row]:
    while True:
        line = reader.line_num + 1
        try:
            cells: Sequence[str] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line=line, problem=_csv_problem(str(error)))
            continue
        except UnicodeDecodeError:
            raise Unreadable(f"Line {line} cannot be read in the encoding of the file's start") from None
        if any(map(str.strip, cells)):
            yield Row(line, cells)


def _csv_problem(message: str) -> str:
    if "field larger" in message:
        return f"a cell has more than {_LONGEST_CELL} characters; most likely a quote is not closed"
    if "unexpected end" in message:
        return "a quote is opened and not closed; double the quotes inside a cell"
    return "quotes do not match; put the cell in quotes and double those inside it"


def _checked(rows: Iterator[Row], width: int) -> Iterator[Row]:
    for row in rows:
        if row.problem is None and len(row.value) > width and any(cell.strip() for cell in row.value[width:]):
            problem = f"has {len(row.value)} cells for {width} columns; put cells with separators in quotes"
            yield Row(line=row.line, problem=problem)
        else:
            yield row


def _lines(text: io.TextIOWrapper) -> Iterator[Row]:
    for number, line in enumerate(text, start=1):
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


def _list(text: io.TextIOWrapper) -> Iterator[Row]:
    try:
        values = json.load(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("The file is not JSON; it must hold one list of objects") from None
    if not isinstance(values, list):
        raise Unreadable("The file must hold one list of objects")
    yield from (_object(number, value) for number, value in enumerate(values, start=1))


def _no_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
