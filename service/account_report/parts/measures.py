"""The program's measures for the account, each with its definition, and what they are set against."""

from __future__ import annotations

from decimal import Decimal

from service.account_report.parts.asked import Asked
from service.account_report.values import Absent, Cell, Column, Figure, Section, Table, Unit
from service.measures import answering
from service.measures.asking import Answer
from service.measures.asking import Asked as Question
from service.measures.core.definitions import Definition
from service.measures.core.definitions import Unit as Of

NAME, TITLE = "measures", "Measures"
_MONEY = (Of.MONEY, Of.MONEY_PER_DAY)
_UNITS = {Of.COUNT: Unit.COUNT, Of.SHARE: Unit.SHARE, Of.DAYS: Unit.DAYS} | dict.fromkeys(_MONEY, Unit.MONEY)
_COLUMNS = (
    Column(label="Measure"),
    Column(label="In the program", unit=Unit.NUMBER),
    Column(label="Before it came in", unit=Unit.NUMBER),
    Column(label="Accounts like it outside", unit=Unit.NUMBER),
)
_RATES = (Column(label="Currency without a rate"), Column(label="Opportunities", unit=Unit.COUNT))


def part(asked: Asked) -> Section | Absent:
    """Of the report's time. A measure that cannot be told is left out."""
    question = Question(since=asked.since, until=asked.until, only={"account": asked.account})
    answer = answering.answered(asked.connection, question, asked.now)
    values = {name: figure.value for name, figure in answer.total.figures.items()}
    if not any(values.values()):
        return Absent(name=NAME, title=TITLE, why="Nothing was measured on the account in this time.")
    figures = tuple(
        _figure(each, values[each.measure], answer.home_currency)
        for each in answer.definitions
        if values[each.measure] is not None
    )
    tables = tuple(each for each in (_compared(answer), _rateless(answer)) if each is not None)
    return Section(name=NAME, title=TITLE, figures=figures, tables=tables)


def _figure(known: Definition, value: Decimal | None, home: str) -> Figure:
    return Figure(
        name=known.measure,
        label=_label(known),
        value=_cell(known, value),
        unit=_UNITS[known.unit],
        currency=home if known.unit in _MONEY else None,
        about=f"{known.counts} {known.date}",
    )


def _label(known: Definition) -> str:
    return f"{known.title} a day" if known.unit is Of.MONEY_PER_DAY else known.title


def _cell(known: Definition, value: Decimal | None) -> Cell:
    if value is None:
        return None
    if known.unit in _MONEY:
        return f"{value:f}"
    return int(value) if known.unit is Of.COUNT else float(value)


def _compared(answer: Answer) -> Table | None:
    """What the account brought in the program, against itself before, and against accounts like it."""
    rows: list[tuple[Cell, ...]] = []
    units = []
    for each in answer.definitions:
        against = answer.total.figures[each.measure].against
        values = (against.program, against.before, against.outside) if against is not None else ()
        if any(values):
            label = _label(each) + (f", {answer.home_currency}" if each.unit in _MONEY else "")
            rows.append((label, *(_cell(each, value) for value in values)))
            units.append(_UNITS[each.unit])
    if not rows:
        return None
    return Table(title="Set against", columns=_COLUMNS, rows=tuple(rows), units=tuple(units))


def _rateless(answer: Answer) -> Table | None:
    """The currencies that sums leave out."""
    rows = tuple((each.currency, each.opportunities) for each in answer.left_out.without_rate)
    return Table(title="Left out of the sums", columns=_RATES, rows=rows) if rows else None
