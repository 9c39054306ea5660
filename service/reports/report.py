"""A report: facts of a period, put into groups, and the measures of each group. Pure but for the reading."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

import numpy as np
from sqlalchemy import Connection

from service.reports import period
from service.reports.facts import Coded, Facts, Groups, looked_at
from service.reports.measures import Figure, Measure
from service.reports.period import Period

_Part = TypeVar("_Part", "Dimension", Measure)
Found = TypeVar("Found")


class Read(Protocol):
    """What gives a report its facts."""

    def __call__(
        self, connection: Connection, since: datetime, until: datetime, names: Collection[str], /
    ) -> Mapping[str, Sequence[Any]]:
        """The columns of these names, of the facts of a time, half-open; others may be there, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What facts can be grouped by, and filtered to. ``of`` gets the facts and the zone."""

    name: str
    text: str
    of: Callable[[Facts, str], Coded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is counted. ``about`` says which facts a report looks at."""

    name: str
    title: str
    about: str
    read: Read
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One group: its value of each dimension that was grouped by, and its figures."""

    group: Mapping[str, str | None]
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The figures of every group, the largest group first, and of all facts together."""

    lines: tuple[Line, ...]
    total: Line


class UnknownName(LookupError):
    """A name that the report does not have; the message lists those it has."""


def dimension(report: Report, name: str) -> Dimension:
    """The report's dimension of this name. Raises UnknownName."""
    return _named(report.dimensions, name, "grouped by")


def measure(report: Report, name: str) -> Measure:
    """The report's measure of this name. Raises UnknownName."""
    return _named(report.measures, name, "measured in")


def _named(among: Sequence[_Part], name: str, verb: str) -> _Part:
    found = next((each for each in among if each.name == name), None)
    if found is None:
        raise UnknownName(f"this report is {verb} {', '.join(each.name for each in among)}")
    return found


def read(
    report: Report,
    connection: Connection,
    span: Period,
    only: Mapping[str, str | None],
    now: datetime,
    work: Callable[[Facts], Found],
) -> Found:
    """What comes of some work on the facts of a period whose dimensions have the given values.

    They are as they stand at ``now``; only the columns that the work looks at are read. Raises UnknownName.
    """
    tests = [(dimension(report, name), value) for name, value in only.items()]

    def on(facts: Facts) -> Found:
        if not tests:
            return work(facts)
        wanted = [each.of(facts, span.zone).among([value]) for each, value in tests]
        return work(facts.taken(np.all(wanted, axis=0)))

    columns = report.read(connection, span.since, span.until, looked_at(on))
    return on(Facts.between(columns, span.since, span.until, now))


def tabulate(report: Report, facts: Facts, by: Sequence[str], zone: str) -> Table:
    """Group facts and count each group. Raises UnknownName."""
    coded = [dimension(report, name).of(facts, zone) for name in by]
    total = _lines(report, facts, Groups.one(facts), [{}])[0]
    if not coded:
        return Table(lines=(), total=total)
    groups, names = _grouped(by, coded)
    sizes = np.bincount(groups.ids, minlength=groups.count).tolist()
    lines = zip(sizes, _lines(report, facts, groups, names), strict=True)
    in_order = sorted(
        lines, key=lambda each: (-each[0], tuple(part or "" for part in each[1].group.values()))
    )
    return Table(lines=tuple(line for _, line in in_order), total=total)


def _grouped(by: Sequence[str], coded: Sequence[Coded]) -> tuple[Groups, list[dict[str, str | None]]]:
    """The groups that occur, and the values that each has in common."""
    shape = tuple(max(len(each.values), 1) for each in coded)
    flat = np.ravel_multi_index([each.codes for each in coded], shape)
    present, ids = np.unique(flat, return_inverse=True)
    places = zip(*(each.tolist() for each in np.unravel_index(present, shape)), strict=True)
    names = [
        {name: each.values[place] for name, each, place in zip(by, coded, row, strict=True)} for row in places
    ]
    return Groups(ids=ids, count=len(present)), names


def _lines(
    report: Report, facts: Facts, groups: Groups, names: Sequence[Mapping[str, str | None]]
) -> list[Line]:
    columns = [(each.name, each.of(facts, groups)) for each in report.measures]
    return [
        Line(group=group, figures={name: column[place] for name, column in columns})
        for place, group in enumerate(names)
    ]


def texts(name: str, text: str) -> Dimension:
    """A dimension that is a column of the facts."""
    return Dimension(name=name, text=text, of=lambda facts, _: facts.coded(name))


def _time(name: str, text: str, called: Callable[[datetime], str]) -> Dimension:
    return Dimension(
        name=name,
        text=f"{text}, in the zone asked for, when the contact came in.",
        of=lambda facts, zone: period.named(facts.numbers("received"), zone, called),
    )


REP = texts("rep", "The rep who has or had the contact.")
POOL = texts("pool", "The pool it was drawn from; none: by a rule.")
TIER = texts("tier", "The account's tier when it was decided.")
SOURCE = texts("source", "Where the contact came from.")
RULE = texts("rule", "The rule that decided; none: a person.")
KIND = texts("kind", "What kind of matter it is.")
HOUR = _time("hour", "The hour of the day", period.hour)
DAY = _time("day", "The date", period.day)
WEEKDAY = _time("weekday", "The day of the week", period.weekday)
