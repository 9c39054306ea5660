"""A report as tests want it, of values that were not read from anywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from service.account_report.values import (
    Absent,
    Cell,
    Column,
    Figure,
    Point,
    Reason,
    Report,
    Section,
    Series,
    Table,
    Unit,
)

NOW = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
COLUMNS = (
    Column(label="Person", unit=Unit.PERSON),
    Column(label="Rep", unit=Unit.REP),
    Column(label="Amount", unit=Unit.MONEY),
)


def report(*rows: tuple[Cell, ...], **said: Any) -> Report:
    """A report with a section that has everything, and these rows."""
    weeks = [NOW - timedelta(weeks=2), NOW - timedelta(weeks=1), NOW]
    points = (
        Point(since=weeks[0], until=weeks[1], values=(3, 1)),
        Point(since=weeks[1], until=weeks[2], values=(0, 0)),
    )
    section = Section(
        name="deals",
        title="Opportunities",
        figures=(
            Figure(name="open", label="Open", value=1234),
            Figure(name="amount", label="Open amount", value="1234567.50", unit=Unit.MONEY, currency="EUR"),
            Figure(name="share", label="Win rate", value=0.25, unit=Unit.SHARE, about="Won of closed."),
        ),
        series=Series(title="Week by week", labels=("Signals", "Answers"), points=points),
        tables=(Table(title="All", columns=COLUMNS, rows=rows, left_out=2),),
    )
    given: dict[str, Any] = {
        "account": "A-1",
        "account_name": "Northwind & Söhne <b>GmbH</b>",
        "tier": "strategic",
        "quarter": "FY2026-Q2",
        "since": weeks[0],
        "until": NOW,
        "made_at": NOW,
        "made_by": "ann",
        "reason": Reason.ASKED,
        "subject": "r-1",
        "sections": (section,),
        "absent": (Absent(name="signals", title="Signals", why="No signal was taken in."),),
    }
    return Report(**given | said)
