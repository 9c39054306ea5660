"""How the values of a report are written for a reader: on the page and in the PDF alike."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from service.account_report.values import Cell, Figure, Unit

REASONS = {
    "quarter": "at the start of the quarter",
    "campaign": "after the first campaign of its term",
    "asked": "on demand",
}


def written(value: Cell, unit: Unit, currency: str | None = None) -> str:
    """A value as a reader reads it: numbers with their thousands apart, moments in UTC."""
    if value is None:
        return "–"
    match unit:
        case Unit.MONEY:
            return f"{_number(Decimal(str(value)), 2)} {currency or ''}".rstrip()
        case Unit.SHARE:
            return f"{100 * float(value):.1f} %"
        case Unit.DAYS:
            return f"{_plain(value)} days"
        case Unit.MOMENT:
            return f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M}"
        case Unit.COUNT | Unit.NUMBER:
            return _plain(value)
        case _:
            return str(value)


def figure(each: Figure) -> str:
    """The value of a figure."""
    return written(each.value, each.unit, each.currency)


def _plain(value: Cell) -> str:
    """A number: money that came as a text keeps its cents, others have at most two places."""
    number = Decimal(str(value))
    places = 2 if isinstance(value, str) else max(0, min(2, -int(number.normalize().as_tuple().exponent)))
    return _number(number, places)


def _number(number: Decimal, places: int) -> str:
    return f"{number:,.{places}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
