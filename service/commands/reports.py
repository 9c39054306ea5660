"""`muster report`: the figures of a report on the terminal, or as CSV."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import typer

from routing.zones import ZONES
from service.commands.common import USAGE, DatabaseOption, fail, services_for, start_of
from service.reports.answering import Asked, as_csv, figures
from service.reports.measures import Measure
from service.reports.period import Period
from service.reports.register import REPORTS
from service.reports.report import Line, Table, UnknownName


def report(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(REPORTS)}.")],
    since: Annotated[str, typer.Option(help="From when: `30d`, `12 hours`, or a date.")] = "30d",
    by: Annotated[
        list[str] | None, typer.Option(help="What to group by; repeat it for several, such as pool.")
    ] = None,
    zone: Annotated[str, typer.Option(help="The IANA zone of hours and days.")] = "UTC",
    as_text: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Show a report of speed to lead, SLA, load, fallback, conflicts or the review queue."""
    found = REPORTS.get(name)
    if found is None:
        fail(f"There is no such report; there are {', '.join(REPORTS)}", USAGE)
    if zone not in ZONES:
        fail("--zone takes an IANA time zone such as Europe/Berlin", USAGE)
    with services_for(database, set_up=False) as services:
        now = services.now()
        period = Period(since=start_of(since, now), until=now, zone=zone)
        asked = Asked(report=found, period=period, by=tuple(by or ()), only={})
        try:
            with services.database.read() as connection:
                table = figures(connection, asked, now)
        except UnknownName as unknown:
            fail(str(unknown), USAGE)
    if as_text:
        sys.stdout.writelines(as_csv(asked, table))
    else:
        typer.echo("\n".join(_lines(asked, table)))


def _lines(asked: Asked, table: Table) -> Iterator[str]:
    """A line for each measure: of all, then of each group."""
    yield f"{asked.report.title}, {asked.period.since:%Y-%m-%d} to {asked.period.until:%Y-%m-%d}"
    columns = [("all", table.total), *((_title(line), line) for line in table.lines)]
    for measure in asked.report.measures:
        yield f"\n{measure.name}: {measure.text}"
        for title, line in columns:
            yield f"  {_shown(measure, line.figures[measure.name]):>12}  {title}"


def _title(line: Line) -> str:
    return ", ".join(f"{name} {value or '(none)'}" for name, value in line.group.items())


def _shown(measure: Measure, value: float | None) -> str:
    if value is None:
        return "-"
    if measure.unit == "share":
        return f"{value:.1%}"
    return str(timedelta(seconds=round(value))) if measure.unit == "seconds" else f"{value:,}"
