"""What a report answers with: its figures in groups, each with the list it leads to, or that list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from sqlalchemy import Connection

from service import spreadsheet
from service.reports.facts import Facts
from service.reports.period import Period
from service.reports.report import Line, Report, Table, measure, read, tabulate

PATH = "/v1/reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which report, over which time, in which groups. ``only``: the values of dimensions it is limited to."""

    report: Report
    period: Period
    by: tuple[str, ...] = ()
    only: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a figure means. ``unit`` is `count`, `share` (0 to 1) or `seconds`."""

    measure: str
    unit: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group: what it has in common, its figures, and for each figure the address of what it counts."""

    group: Mapping[str, str | None]
    figures: Mapping[str, float | None]
    lists: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A report. ``total`` is of all groups together."""

    report: str
    title: str
    about: str
    since: datetime
    until: datetime
    zone: str
    group_by: Sequence[str]
    definitions: Sequence[Definition]
    groups: Sequence[Group]
    total: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One thing that a figure counts."""

    decision_id: str
    assignment_id: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPage:
    """What a figure counts, the newest first. ``next_cursor`` is None on the last page."""

    count: int
    items: Sequence[Counted]
    next_cursor: int | None


def figures(connection: Connection, asked: Asked, now: datetime) -> Table:
    """The report's table. Raises UnknownName."""

    def work(facts: Facts) -> Table:
        return tabulate(asked.report, facts, asked.by, asked.period.zone)

    return read(asked.report, connection, asked.period, asked.only, now, work)


def answered(connection: Connection, asked: Asked, now: datetime) -> Answer:
    """The whole answer. Raises UnknownName."""
    table = figures(connection, asked, now)
    return Answer(
        report=asked.report.name,
        title=asked.report.title,
        about=asked.report.about,
        since=asked.period.since,
        until=asked.period.until,
        zone=asked.period.zone,
        group_by=asked.by,
        definitions=[
            Definition(measure=each.name, unit=each.unit, text=each.text) for each in asked.report.measures
        ],
        groups=[_group(asked, line) for line in table.lines],
        total=_group(asked, table.total),
    )


def listed(
    connection: Connection, asked: Asked, name: str, now: datetime, *, after: int, limit: int
) -> CountedPage:
    """What the measure of this name counts, from behind the first ``after``. Raises UnknownName."""
    wanted = measure(asked.report, name)

    def counted(facts: Facts) -> list[tuple[float, str, str | None]]:
        found = facts.taken(wanted.counts(facts))
        columns = (found.columns["decision_id"], found.columns["assignment_id"])
        return sorted(
            zip(found.numbers("received").tolist(), *columns, strict=True),
            key=lambda each: (-each[0], each[1]),
        )

    in_order = read(asked.report, connection, asked.period, asked.only, now, counted)
    return CountedPage(
        count=len(in_order),
        items=[
            Counted(
                decision_id=decision_id,
                assignment_id=assignment_id,
                received_at=datetime.fromtimestamp(received, UTC),
            )
            for received, decision_id, assignment_id in in_order[after : after + limit]
        ],
        next_cursor=after + limit if after + limit < len(in_order) else None,
    )


def as_csv(asked: Asked, table: Table) -> Iterator[str]:
    """The table as lines of CSV: a column for each dimension and each measure, and the total last."""
    names = [each.name for each in asked.report.measures]
    yield spreadsheet.line([*asked.by, *names])
    for each in (*table.lines, *((table.total,) if not table.lines or asked.by else ())):
        first = [each.group.get(name) for name in asked.by]
        if each is table.total and first:
            first[0] = "(all)"
        yield spreadsheet.line([*first, *each.figures.values()])


def _group(asked: Asked, line: Line) -> Group:
    return Group(
        group=line.group,
        figures=line.figures,
        lists={name: _address(asked, line, name) for name in line.figures},
    )


def _address(asked: Asked, line: Line, name: str) -> str:
    period = asked.period
    only = {**asked.only, **line.group}
    said = {
        "measure": name,
        "since": _plain(period.since),
        "until": _plain(period.until),
        "zone": period.zone,
        **{dimension: value or "" for dimension, value in only.items()},
    }
    return f"{PATH}/{asked.report.name}/list?{urlencode(said)}"


def _plain(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
