"""Speed to lead and promises kept, for the overview; and the list behind a figure of any report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Connection
from starlette.responses import Response

from service.console.charts import Chart, stacked
from service.console.links import listed
from service.console.pages.overview import Figure
from service.console.period import Part, Span, chosen, parts
from service.console.rendering import count, lasting, percent
from service.console.visit import Visit
from service.db import console, decision_list
from service.problems import NotFound
from service.reports import answering
from service.reports.answering import Asked
from service.reports.facts import Coded, Facts
from service.reports.period import Period
from service.reports.register import REPORTS
from service.reports.report import Dimension, Report, Table, UnknownName, measure

PAGE = 50
SPEED, PROMISES = "speed-to-lead", "sla"
SPEED_SHOWN = ("assigned", "touched", "touched_share", "touch_p50", "touch_p90", "assign_p50", "assign_p90")
PROMISES_SHOWN = ("attainment", "met", "missed", "running")
_PART = "part"


def pace(visit: Visit) -> Response:
    """How quickly contacts of a period were touched, and how many promises were kept."""
    now = visit.services.now()
    span = chosen(visit.query, visit.zone, now)
    asked, pieces = _asked(SPEED, span, SPEED_SHOWN), parts(span)
    asked = replace(asked, by=(_PART,), report=_in_parts(asked.report, pieces))
    with visit.services.database.read() as connection:
        speed = answering.figures(connection, asked, now)
        kept = answering.figures(connection, _asked(PROMISES, span, PROMISES_SHOWN), now)
    return visit.show(
        "pace_live.html" if visit.fragment else "pace.html",
        span=span,
        speed=_speed(speed, span),
        promises=_promises(kept, span),
        chart=_chart(speed, pieces),
    )


def counted(visit: Visit) -> Response:
    """What a figure of a report counts: as many as it says, the newest first."""
    now = visit.services.now()
    span = chosen(visit.query, visit.zone, now)
    report = REPORTS.get(visit.params["report"])
    after = int(visit.query["after"]) if visit.query.get("after", "").isdecimal() else 0
    name = visit.params["measure"]
    if report is None:
        raise NotFound("There is no such report")
    only = {each.name: visit.query[each.name] for each in report.dimensions if each.name in visit.query}
    asked = replace(_asked(report.name, span), only=only)
    try:
        meant = measure(report, name)
    except UnknownName:
        raise NotFound("The report has no such figure") from None
    with visit.services.database.read() as connection:
        found = answering.listed(connection, asked, name, now, after=after, limit=PAGE)
        values = _rows(connection, [each.decision_id for each in found.items])
    older = None
    if found.next_cursor is not None:
        path = f"/reports/{report.name}/{name}"
        older = listed(path, span.said, only, after=str(found.next_cursor))
    return visit.show(
        "counted.html", report=report, meant=meant, span=span, only=only, found=found, older=older, **values
    )


def _rows(connection: Connection, ids: list[str]) -> dict[str, Any]:
    """The decisions in the order of their ids; one that several facts are about stands there each time."""
    known = {row.id: row for row in decision_list.by_ids(connection, ids)}
    rows = [known[each] for each in ids if each in known]
    return {
        "rows": rows,
        "reps": console.rep_names(connection),
        "accounts": console.account_names(connection, [row.account for row in rows]),
    }


def _asked(name: str, span: Span, shown: Sequence[str] | None = None) -> Asked:
    """The report over a period; only the figures that are shown, for those alone are read and worked out."""
    period, report = Period(since=span.since, until=span.until, zone=span.zone), REPORTS[name]
    if shown is not None:
        report = replace(report, measures=tuple(measure(report, each) for each in shown))
    return Asked(report=report, period=period, only={})


def _in_parts(report: Report, pieces: Sequence[Part]) -> Report:
    """The report, which can be grouped by the part of the period in which the contact was assigned."""
    ends = [each.until.timestamp() for each in pieces]

    def of(facts: Facts, _: str) -> Coded:
        places = np.searchsorted(ends, facts.numbers("assigned"), side="right")
        return Coded(codes=places.astype(np.intp), values=[str(place) for place in range(len(ends))])

    dimension = Dimension(name=_PART, text="The part of the period.", of=of)
    return replace(report, dimensions=(*report.dimensions, dimension))


def _speed(table: Table, span: Span) -> tuple[Figure, ...]:
    said = table.total.figures

    def took(name: str, label: str, note: str) -> Figure:
        value = said[name]
        address = listed(f"/reports/{SPEED}/{name}", span.said)
        return Figure(label=label, value="–" if value is None else lasting(value), note=note, address=address)

    assigned, touched = said["assigned"] or 0, said["touched"] or 0
    return (
        took("touch_p50", "First touch, median", f"of {count(touched)} touched"),
        took("touch_p90", "First touch, nine in ten", f"of {count(touched)} touched"),
        took("assign_p50", "To a rep, median", f"of {count(assigned)} assignments"),
        took("assign_p90", "To a rep, nine in ten", f"of {count(assigned)} assignments"),
        Figure(
            label="Touched",
            value=percent(said["touched_share"] or 0),
            note=f"{count(touched)} of {count(assigned)}",
            address=listed(f"/reports/{SPEED}/touched", span.said),
        ),
    )


def _promises(table: Table, span: Span) -> tuple[Figure, ...]:
    said = table.total.figures
    attained = said["attainment"]

    def number(name: str, label: str, note: str, *, alarm: bool = False) -> Figure:
        value = said[name] or 0
        address = listed(f"/reports/{PROMISES}/{name}", span.said)
        return Figure(label=label, value=count(value), note=note, address=address, alarm=alarm and value > 0)

    return (
        Figure(
            label="Promises kept",
            value="–" if attained is None else percent(attained),
            note=f"{count(said['met'] or 0)} of those due",
            address=listed(f"/reports/{PROMISES}/met", span.said),
        ),
        number("missed", "Missed", "late, or not at all", alarm=True),
        number("running", "Running", "time is left"),
    )


def _chart(table: Table, pieces: Sequence[Part]) -> Chart:
    """The median time to the first touch, for each part of the period."""
    medians = {line.group[_PART]: line.figures["touch_p50"] for line in table.lines}
    values = [{"touch": medians.get(str(place)) or 0.0} for place in range(len(pieces))]
    addresses = [listed(f"/reports/{SPEED}/touched", each.said) for each in pieces]
    called = {"touch": ("Median time to the first touch", "accent")}
    return stacked("How long until the first touch", pieces, values, called, addresses, unit="seconds")
