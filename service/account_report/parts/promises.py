"""Promises about the account's contacts: those that were due in the report's time, kept or missed."""

from __future__ import annotations

from service.account_report.parts.asked import LISTED, Asked, moment
from service.account_report.values import Absent, Column, Figure, Section, Table, Unit
from service.db.account_reports import reading
from service.records.known_by import known_by

NAME, TITLE = "promises", "Promises (SLA)"
_COLUMNS = (
    Column(label="Promise"),
    Column(label="Rep", unit=Unit.REP),
    Column(label="Contact", unit=Unit.PERSON),
    Column(label="Due", unit=Unit.MOMENT),
    Column(label="Done", unit=Unit.MOMENT),
)


def part(asked: Asked) -> Section | Absent:
    """Kept is what was done in time, of what was due; missed what was not done when it was due."""
    counts = reading.promises(*asked.of)
    if not counts.kept and not counts.missed and not counts.running:
        return Absent(name=NAME, title=TITLE, why="No promise about the account's contacts was due or runs.")
    figures = [
        Figure(name="kept", label="Kept", value=counts.kept),
        Figure(name="missed", label="Missed", value=counts.missed),
        Figure(name="running", label="Running", value=counts.running),
    ]
    if due := counts.kept + counts.missed:
        share = round(counts.kept / due, 4)
        figures.insert(0, Figure(name="attained", label="Kept, share", value=share, unit=Unit.SHARE))
    tables: tuple[Table, ...] = ()
    if counts.missed:
        rows = tuple(
            (
                row.name.replace("_", " "),
                row.rep,
                known_by(row.external_id, row.email),
                moment(row.due_at),
                moment(row.ended_at),
            )
            for row in reading.missed(*asked.of, LISTED)
        )
        left_out = counts.missed - len(rows)
        tables = (Table(title="Missed", columns=_COLUMNS, rows=rows, left_out=left_out),)
    return Section(name=NAME, title=TITLE, figures=tuple(figures), tables=tables)
