"""What changed since the report before: the figures that both have. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from service.account_report.values import Absent, Cell, Column, Figure, Report, Section, Table, Unit

NAME, TITLE = "changes", "What changed since the last report"
_COUNTED = (Unit.COUNT, Unit.NUMBER, Unit.MONEY, Unit.SHARE, Unit.DAYS)
_COLUMNS = (
    Column(label="Part"),
    Column(label="Figure"),
    Column(label="Then", unit=Unit.NUMBER),
    Column(label="Now", unit=Unit.NUMBER),
    Column(label="Change", unit=Unit.NUMBER),
)


def since_last(report: Report, before: Report | None) -> Section | Absent:
    """The figures that are others than in the report before, with both values."""
    if before is None:
        return Absent(name=NAME, title=TITLE, why="This is the first report on the account.")
    changed = list(_changed(report, before))
    if not changed:
        return Absent(name=NAME, title=TITLE, why="No figure is another than in the last report.")
    moment = Figure(
        name="compared", label="Compared with", value=before.made_at.isoformat(), unit=Unit.MOMENT
    )
    rows, units = zip(*changed, strict=True)
    table = Table(title="Figures that changed", columns=_COLUMNS, rows=rows, units=units)
    return Section(name=NAME, title=TITLE, figures=(moment,), tables=(table,))


def _changed(report: Report, before: Report) -> Iterator[tuple[tuple[Cell, ...], Unit]]:
    """The row of each figure that is another, and what its numbers are."""
    for section in report.sections:
        earlier = before.section(section.name)
        known = {(each.name, each.currency): each for each in earlier.figures} if earlier else {}
        for figure in section.figures:
            then = known.get((figure.name, figure.currency))
            if figure.unit not in _COUNTED or then is None or then.value == figure.value:
                continue
            label = f"{figure.label}, {figure.currency}" if figure.currency else figure.label
            more = _difference(then.value, figure.value)
            yield (section.title, label, then.value, figure.value, more), figure.unit


def _difference(then: Cell, now: Cell) -> Cell:
    """How much more it is, exact to the cent where it is money."""
    if then is None or now is None:
        return None
    found = Decimal(str(now)) - Decimal(str(then))
    return f"{found:f}" if isinstance(now, str) or isinstance(then, str) else float(found)
