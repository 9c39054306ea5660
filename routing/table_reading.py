"""Reads the tables of a rulebook: rows of the file itself, or of a CSV file it carries.

A cell is what a condition would say of the field. In a CSV file it is written
short: ``DE; AT`` one of them, ``!US; CA`` none of them, ``98*`` begins with it,
``0..250`` from 0 up to, not including, 250, ``250..`` and ``..250``, ``in dach`` the
list of that name, ``(missing)``, ``(known)``, and ``*`` or nothing for anything.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field as Setting
from pydantic import Strict

from routing.attached import NAME
from routing.catalogue import find
from routing.conditions import All, Tree, describe
from routing.fields import Field, FieldType, Value
from routing.problems import did_you_mean
from routing.reading import Node
from routing.rules.base import Named
from routing.sections import Section
from routing.shape import Report, validate
from routing.tables import FIELD_TYPES, ROW, ResultType, Row, Table
from routing.when import ConditionReader

MAX_ROWS = 50_000
ANYTHING = ("", "*")
Cells = dict[str, Node]
"""A row's cells by column. A cell that says nothing is left out."""


class TableSettings(Section):
    """A table: its first row that fits gives results, such as the rep or the pool of a territory."""

    doc: str = Setting(default="", description="What the table says.")
    source: str | None = Setting(
        default=None,
        alias="from",
        description="A CSV file beside the rulebook, e.g. `territories.csv`; line 1 names the columns.",
    )
    rows: list[Any] | None = Setting(
        default=None, description="The rows, where there is no file: column to cell."
    )
    results: dict[str, Annotated[ResultType, Strict(False)]] = Setting(
        description="The columns that a row gives, each with its type: text, number, boolean, rep or pool. "
        "All other columns are fields, and their cells are conditions.",
    )


def read_tables(
    tables: Mapping[str, Node],
    files: Mapping[str, Node],
    reader: ConditionReader,
    named: Named,
    report: Report,
) -> tuple[Table, ...]:
    """Read the sections ``tables`` and ``files``; reps and pools that rows give are noted in ``named``."""
    used: set[str] = set()
    read = []
    for name, node in tables.items():
        settings = validate(TableSettings, node, f"the table '{name}'", report)
        if settings is None:
            continue
        sound = _sound(name, settings, node, report)
        used.add(settings.source or "")
        found = _of_file(settings, node, files, report) if settings.source else _of_text(node)
        rows = (
            found if sound else ()
        )  # a faulty table still has its fields, so rules that use it are no fault
        read.append(_Reading(name, settings, reader, named, report).table(list(rows)))
    for name, node in files.items():
        if name not in used:
            report(node, "unused_file", f"no table comes from the file '{name}'", "take it out")
    return tuple(read)


def _sound(name: str, settings: TableSettings, node: Node, report: Report) -> bool:
    place = node.key_place("results")
    if (settings.source is None) is (settings.rows is None):
        message = f"the table '{name}' has its rows either under 'rows' or 'from' a file"
        report(node, "rows_or_file", message, "give one of the two")
        return False
    if settings.source is not None and not NAME.fullmatch(settings.source):
        message = f"'{settings.source}' is no file beside the rulebook"
        hint = "write a plain file name such as territories.csv, without folders"
        report((node.mapping or {})["from"], "bad_file_name", message, hint)
        return False
    for column in settings.results:
        if column == ROW or not column.replace("_", "").replace("-", "").isalnum():
            message = f"a result cannot be called '{column}'"
            report(place, "bad_result", message, "write one word, and not 'row'")
            return False
    return True


def _of_text(node: Node) -> Iterator[tuple[Node, Cells]]:
    """Yield the rows of the rulebook itself."""
    rows = (node.mapping or {})["rows"]
    for row in rows.items or ():
        yield row, {key: cell for key, cell in (row.mapping or {}).items() if cell.scalar not in ANYTHING}


def _of_file(
    settings: TableSettings, node: Node, files: Mapping[str, Node], report: Report
) -> Iterator[tuple[Node, Cells]]:
    """Yield the rows of a CSV file, their cells spelt out as a rulebook would have them."""
    source = str(settings.source)
    carried = files.get(source)
    if carried is None or not isinstance(carried.value, str):
        message = f"the file '{source}' is not there"
        hint = "put it beside the rulebook; in a text that is sent, carry it under 'files'"
        report((node.mapping or {})["from"], "missing_file", message, hint)
        return
    lines = csv.reader(io.StringIO(carried.value.removeprefix("\ufeff")), strict=True)
    header: list[str] | None = None
    try:
        for cells in lines:
            line = lines.line_num
            place = Node({}, line, 1, file=source)
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                continue
            if len(cells) != len(header):
                message = f"{len(cells)} cells, but the first line names {len(header)} columns"
                report(place, "wrong_cells", message, "give each row one cell for each column")
                continue
            yield place, _spelt(header, cells, line, source, settings)
    except csv.Error as fault:
        report(Node("", lines.line_num, 1, file=source), "bad_csv", f"not CSV: {fault}", "check the quotes")


def _spelt(header: list[str], cells: list[str], line: int, source: str, settings: TableSettings) -> Cells:
    found: Cells = {}
    for number, (column, text) in enumerate(zip(header, cells, strict=True), 1):
        if text.strip() not in ANYTHING:
            spell = _plain if column in settings.results else _condition
            found[column] = spell(text.strip(), line, number, source)
    return found


def _plain(text: str, line: int, column: int, source: str) -> Node:
    words: dict[str, Value] = {"true": True, "false": False}
    value: Any = words.get(text, text)
    return Node(value, line, column, raw=text, file=source)


def _condition(text: str, line: int, column: int, source: str) -> Node:
    """Spell out a cell of a CSV file as a condition on its field."""

    def node(value: Any, raw: str = "") -> Node:
        return Node(value, line, column, raw=raw, file=source)

    def scalar(word: str) -> Node:
        try:
            number: Any = int(word) if word.lstrip("+-").isdigit() else float(word)
        except ValueError:
            number = {"true": True, "false": False}.get(word, word)
        return node(number, word)

    def words(joined: str) -> Node:
        parts = [part.strip() for part in joined.split(";") if part.strip()]
        return node([scalar(part) for part in parts])

    if text in ("(missing)", "(known)"):
        return node({"exists": node(text == "(known)", text)})
    if text.startswith("in "):
        return node({"in": node(text[3:].strip(), text[3:].strip())})
    if text.startswith("!"):
        return node({"not in": words(text[1:])})
    low, dots, high = (part.strip() for part in text.partition(".."))
    if dots and low and high:
        return node({"between": node([scalar(low), scalar(high)])})
    if dots and (low or high):
        return node({"at least" if low else "less than": scalar(low or high)})
    if text.endswith("*"):
        parts = [part.strip().removesuffix("*") for part in text.split(";") if part.strip()]
        return node({"starts with": node([node(part, part) for part in parts])})
    return words(text) if ";" in text else scalar(text)


class _Reading:
    """Reads the rows of one table. Lives for one reading."""

    def __init__(
        self, name: str, settings: TableSettings, reader: ConditionReader, named: Named, report: Report
    ) -> None:
        self._name, self._results = name, settings.results
        self._reader, self._named, self._report = reader, named, report
        self._unknown: set[str] = set()
        self._first: dict[str, int] = {}

    def table(self, found: list[tuple[Node, Cells]]) -> Table:
        if len(found) > MAX_ROWS:
            message = f"the table '{self._name}' has {len(found):,} rows, at most {MAX_ROWS:,} are read"
            self._report(found[0][0], "too_large", message)
            found = []
        rows = [self._row(place, cells) for place, cells in found]
        return Table(self._name, rows, self._results)

    def _row(self, place: Node, cells: Cells) -> Row:
        parts: list[Tree] = []
        sound = self._reader.faults
        for column, cell in cells.items():
            field = self._field(column, place)
            if field is not None:
                parts.append(self._reader.cell(field, cell))
        tree = parts[0] if len(parts) == 1 else All(parts=tuple(parts))
        asks = describe(tree)
        first = self._first.setdefault(asks, place.line) if self._reader.faults == sound else place.line
        if first != place.line and not self._unknown:
            message = f"this row asks the same as the one on line {first}, which stands above it"
            self._report(place, "duplicate_row", message, "take one of the two out")
        return Row(
            tree=tree,
            results=self._given(cells),
            line=place.line,
            column=place.column,
            file=place.file or None,
            asks=asks,
        )

    def _field(self, column: str, place: Node) -> Field | None:
        """Return a column's field; None for a result, and for what is neither, which is reported once."""
        if column in self._results or column in self._unknown:
            return None
        field = find(self._reader.catalogue, column)
        if field is None:
            self._unknown.add(column)
            message = f"the column '{column}' of the table '{self._name}' is neither a field nor a result"
            hint = did_you_mean(column, [*self._reader.catalogue.fields, *self._results])
            self._report(place, "unknown_column", message, hint or "name it under 'results', with its type")
        return field

    def _given(self, cells: Cells) -> dict[str, Value]:
        given: dict[str, Value] = {}
        for column, kind in self._results.items():
            cell = cells.get(column)
            if cell is not None:
                field = Field(name=column, type=FIELD_TYPES[kind], doc="", get=lambda *_: None)
                given[column] = self._reader.value(field, _numeral(cell, field))
                if kind is ResultType.REP:
                    self._named.reps_of_tables.setdefault(cell.raw.strip(), cell)
                elif kind is ResultType.POOL:
                    self._named.pools.setdefault(cell.raw.strip(), cell)
        return given


def _numeral(cell: Node, field: Field) -> Node:
    """A number in a CSV file is text; read it as the number it is."""
    if cell.file is None or field.type is not FieldType.NUMBER:
        return cell
    try:
        value: Any = float(cell.raw)
    except ValueError:
        return cell
    return Node(int(value) if value.is_integer() else value, cell.line, cell.column, cell.raw, file=cell.file)
