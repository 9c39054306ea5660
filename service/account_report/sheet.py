"""A report as CSV: one line for each value, so that a spreadsheet can be filtered by part and name."""

from __future__ import annotations

from collections.abc import Iterator

from service import spreadsheet
from service.account_report.values import Cell, Report, Section

HEADER = ("part", "kind", "row", "name", "value", "unit", "about")


def lines(report: Report) -> str:
    """The whole report. Texts that a spreadsheet would take for formulas have an apostrophe before them."""
    return "".join(map(spreadsheet.line, (HEADER, *_lines(report))))


def _lines(report: Report) -> Iterator[tuple[Cell, ...]]:
    head = {
        "account": report.account,
        "account_name": report.account_name,
        "tier": report.tier,
        "quarter": report.quarter,
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "made_at": report.made_at.isoformat(),
        "made_by": report.made_by,
        "reason": report.reason.value,
    }
    for name, value in head.items():
        yield "report", "head", None, name, value, None, None
    for section in report.sections:
        yield from _section(section)
    for absent in report.absent:
        yield absent.name, "left out", None, absent.title, None, None, absent.why


def _section(section: Section) -> Iterator[tuple[Cell, ...]]:
    for figure in section.figures:
        unit = figure.currency or figure.unit.value
        yield section.name, "figure", None, figure.label, figure.value, unit, figure.about
    for point in section.series.points if section.series else ():
        assert section.series is not None
        for label, value in zip(section.series.labels, point.values, strict=True):
            about = f"{point.since.isoformat()} to {point.until.isoformat()}"
            yield section.name, section.series.title, None, label, value, "count", about
    for table in section.tables:
        for number, row in enumerate(table.rows):
            for column, cell in zip(table.columns, row, strict=True):
                unit = table.unit(number, column).value
                yield section.name, table.title, number + 1, column.label, cell, unit, None
        if table.left_out:
            yield section.name, table.title, None, "left out", table.left_out, "count", "more rows there are"
