"""What a 360 report says, as values: a page, a PDF and a CSV are made of the same. Pure.

A section has figures, perhaps a series over time, perhaps tables. A part without valid data is no
section: it stands in ``absent`` with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

Cell = str | int | float | None
"""A value of a table. Moments are RFC 3339 texts, money is a decimal's text, people are what they are
known by: what a cell is says its column."""


class Reason(StrEnum):
    """Why a report was made."""

    QUARTER = "quarter"  # a quarter has begun
    CAMPAIGN = "campaign"  # the account's first campaign has ended
    ASKED = "asked"  # somebody asked for it


class Unit(StrEnum):
    """What a value is, and so how it is written."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    MONEY = "money"
    SHARE = "share"  # 0 to 1
    DAYS = "days"
    MOMENT = "moment"
    PERSON = "person"  # "id:..." or "email:...", as program_member and signal have it
    REP = "rep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with what it is called. ``name`` is the same in every report; ``about`` is its definition."""

    name: str
    label: str
    value: Cell
    unit: Unit = Unit.COUNT
    currency: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A part of the report's time with a value for each line of a series."""

    since: datetime
    until: datetime
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values over time, one line for each label."""

    title: str
    labels: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table."""

    label: str
    unit: Unit = Unit.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of a section. ``left_out`` says how many more there are.

    Where the rows are of several kinds, ``units`` says of each what the numbers in it are.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    units: tuple[Unit, ...] = ()

    def unit(self, row: int, column: Column) -> Unit:
        """What the value of a column in a row (from 0) is."""
        return self.units[row] if self.units and column.unit is Unit.NUMBER else column.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the report."""

    name: str
    title: str
    figures: tuple[Figure, ...] = ()
    series: Series | None = None
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A part that has no valid data, and why."""

    name: str
    title: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A 360 report of an account, from ``since`` up to ``until``.

    ``compared`` is when the report was made with which this one is compared.
    """

    account: str
    account_name: str | None
    tier: str | None
    quarter: str
    since: datetime
    until: datetime
    made_at: datetime
    made_by: str
    reason: Reason
    subject: str
    sections: tuple[Section, ...]
    absent: tuple[Absent, ...]
    compared: datetime | None = None

    def section(self, name: str) -> Section | None:
        """The section of a name, None where it is left out."""
        return next((each for each in self.sections if each.name == name), None)

    def persons(self) -> list[str]:
        """What the people in it are known by, each once."""
        found = {
            cell: None
            for section in self.sections
            for table in section.tables
            for row in table.rows
            for column, cell in zip(table.columns, row, strict=True)
            if column.unit is Unit.PERSON and isinstance(cell, str)
        }
        return list(found)


def named(report: Report, names: Mapping[str, str], reps: Mapping[str, str]) -> Report:
    """The report with people and reps as they are called, for somebody to read."""

    def cell(column: Column, value: Cell) -> Cell:
        if column.unit is Unit.PERSON and isinstance(value, str):
            return names.get(value, value.partition(":")[2])
        return reps.get(str(value), value) if column.unit is Unit.REP and value else value

    def table(each: Table) -> Table:
        rows: Sequence[tuple[Cell, ...]] = [tuple(map(cell, each.columns, row)) for row in each.rows]
        return replace(each, rows=tuple(rows))

    sections = [replace(each, tables=tuple(map(table, each.tables))) for each in report.sections]
    return replace(report, sections=tuple(sections))
