"""Territory tables: the first row that fits says who, which pool, which region.

A table's columns are fields, whose cells say which values fit, and results, whose
cells are what the row gives. The results are fields of their own
(``table.territories.rep``), for conditions and for outcomes. A table is looked up
once in a decision, through an index (`routing.masks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from routing.conditions import All, Condition, Tree, compile_condition
from routing.fields import Field, FieldType, Scope, Value, rep_fields
from routing.masks import MaskIndex, bits, separated
from routing.types.decision import Finding
from routing.types.people import RepId

ROW = "row"
"""The result every table has: the number of the row that fits, counted from 1."""


class ResultType(StrEnum):
    """What kind of value a result column gives."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"  # true or false
    REP = "rep"  # a rep's external id
    POOL = "pool"  # a pool's name


FIELD_TYPES: dict[ResultType, FieldType] = {
    ResultType.TEXT: FieldType.TEXT,
    ResultType.NUMBER: FieldType.NUMBER,
    ResultType.BOOLEAN: FieldType.BOOLEAN,
    ResultType.REP: FieldType.REP,
    ResultType.POOL: FieldType.TEXT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: what it asks, what it gives, and where it stands.

    Lines and columns count from 1; ``file`` is None for a row of the rulebook itself.
    """

    tree: Tree
    results: Mapping[str, Value]
    line: int
    column: int
    file: str | None
    asks: str  # what it asks, as a person reads it

    @property
    def place(self) -> str:
        """Where it stands, as a person reads it: ``line 4 of territories.csv``."""
        return f"line {self.line}" + (f" of {self.file}" if self.file else "")


class Table:
    """Rows in order, the first that fits counts. Nothing but its memory of look-ups changes."""

    def __init__(self, name: str, rows: Sequence[Row], results: Mapping[str, ResultType]) -> None:
        self.name = name
        self.rows = tuple(rows)
        self.results = dict(results)
        apart = [separated(row.tree) for row in rows]
        self._index = MaskIndex([asks for asks, _ in apart])
        self._rest: tuple[Condition | None, ...] = tuple(
            compile_condition(All(parts=tuple(rest))) if rest else None for _, rest in apart
        )

    def number(self, scope: Scope) -> int | None:
        """Return the number of the row that fits, counted from 1; None when none does."""
        key = ("table", self.name)
        if key not in scope.answers:
            scope.answers[key] = self._number(scope)
        found: int | None = scope.answers[key]
        return found

    def _number(self, scope: Scope) -> int | None:
        for place in bits(self._index.fitting(scope)):
            rest = self._rest[place]
            if rest is None or rest(scope, None)[0]:
                return place + 1
        return None

    def row(self, scope: Scope) -> Row | None:
        """Return the row that fits, if any."""
        number = self.number(scope)
        return self.rows[number - 1] if number is not None else None

    def finding(self, scope: Scope) -> Finding:
        """Say which row fits, or that none does."""
        row = self.row(scope)
        actual = f"{row.place} ({row.asks})" if row is not None else None
        return Finding(
            field=f"table.{self.name}", operator="row", wanted="the first row that fits", actual=actual
        )

    def reps(self, scope: Scope) -> Iterator[RepId]:
        """Yield the reps whom the row that fits gives."""
        row = self.row(scope)
        for name, kind in self.results.items():
            if row is not None and kind is ResultType.REP and row.results.get(name) is not None:
                yield RepId(str(row.results[name]))

    @property
    def pool_columns(self) -> Iterator[str]:
        """The names of the fields that hold a pool."""
        return (f"table.{self.name}.{name}" for name, kind in self.results.items() if kind is ResultType.POOL)

    def fields(self) -> Iterator[Field]:
        """Yield the fields of the results: ``table.NAME.COLUMN``, and ``table.NAME.row``."""
        yield Field(
            name=f"table.{self.name}.{ROW}",
            type=FieldType.NUMBER,
            doc=f"The number of the row of the table '{self.name}' that fits.",
            get=lambda scope, _item: self.number(scope),
            place=self._place,
        )
        for column, kind in self.results.items():
            field = self._field(column, kind)
            yield field
            if field.type is FieldType.REP:
                yield from rep_fields(field)

    def _field(self, column: str, kind: ResultType) -> Field:
        def get(scope: Scope, _item: Any) -> Value:
            row = self.row(scope)
            return row.results.get(column) if row is not None else None

        return Field(
            name=f"table.{self.name}.{column}",
            type=FIELD_TYPES[kind],
            doc=f"The {column} that the table '{self.name}' gives.",
            get=get,
            values=_values(self.rows, column) if kind in (ResultType.TEXT, ResultType.POOL) else (),
            place=self._place,
        )

    def _place(self, scope: Scope) -> str | None:
        row = self.row(scope)
        return row.place if row is not None else None


def _values(rows: Sequence[Row], column: str) -> tuple[str, ...]:
    found = (row.results.get(column) for row in rows)
    return tuple(dict.fromkeys(str(value) for value in found if value is not None))
