"""A report: facts of a period, put into groups, and the measures of each group. Pure but for the reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from service.reports import period
from service.reports.measures import Fact, Measure
from service.reports.period import Period

_Part = TypeVar("_Part", "Dimension", Measure)


class Read(Protocol):
    """What gives a report its facts."""

    def __call__(self, connection: Connection, span: Period, now: datetime, /) -> Sequence[Fact]:
        """The facts of a period, as they stand at ``now``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What facts can be grouped by, and filtered to. ``of`` gets a fact and the zone."""

    name: str
    text: str
    of: Callable[[Fact, str], str | None]


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
    figures: Mapping[str, float | None]


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


def narrowed(
    report: Report, facts: Sequence[Fact], only: Mapping[str, str | None], zone: str
) -> Sequence[Fact]:
    """The facts whose dimensions have the given values. Raises UnknownName."""
    tests = [(dimension(report, name), value) for name, value in only.items()]
    if not tests:
        return facts
    return [fact for fact in facts if all(each.of(fact, zone) == value for each, value in tests)]


def tabulate(report: Report, facts: Sequence[Fact], by: Sequence[str], zone: str) -> Table:
    """Group facts and count each group. Raises UnknownName."""
    dimensions = [dimension(report, name) for name in by]
    groups: dict[tuple[str | None, ...], list[Fact]] = {}
    for fact in facts if dimensions else ():
        groups.setdefault(tuple(each.of(fact, zone) for each in dimensions), []).append(fact)
    in_order = sorted(
        groups.items(), key=lambda group: (-len(group[1]), tuple(part or "" for part in group[0]))
    )
    return Table(
        lines=tuple(_line(report, dict(zip(by, key, strict=True)), members) for key, members in in_order),
        total=_line(report, {}, facts),
    )


def _line(report: Report, group: Mapping[str, str | None], facts: Sequence[Fact]) -> Line:
    return Line(group=group, figures={each.name: each.of(facts) for each in report.measures})


REP = Dimension(name="rep", text="The rep who has or had the contact.", of=lambda fact, _: fact.rep)
POOL = Dimension(
    name="pool", text="The pool it was drawn from; none: by a rule.", of=lambda fact, _: fact.pool
)
TIER = Dimension(name="tier", text="The account's tier when it was decided.", of=lambda fact, _: fact.tier)
SOURCE = Dimension(name="source", text="Where the contact came from.", of=lambda fact, _: fact.source)
RULE = Dimension(name="rule", text="The rule that decided; none: a person.", of=lambda fact, _: fact.rule)
KIND = Dimension(name="kind", text="What kind of matter it is.", of=lambda fact, _: fact.kind)
HOUR = Dimension(
    name="hour",
    text="The hour of the day, in the zone asked for, in which the contact came in.",
    of=lambda fact, zone: period.hour(zone, fact.received),
)
DAY = Dimension(
    name="day",
    text="The date, in the zone asked for, on which the contact came in.",
    of=lambda fact, zone: period.day(zone, fact.received),
)
WEEKDAY = Dimension(
    name="weekday",
    text="The day of the week, in the zone asked for, on which the contact came in.",
    of=lambda fact, zone: period.weekday(zone, fact.received),
)
