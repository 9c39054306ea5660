"""Measures as a page shows them: numbers as texts, each with the address of its rows, and their chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from service.console.charts import Chart, stacked
from service.console.links import listed
from service.console.period import Part, moments
from service.console.rendering import count
from service.console.words import TIER
from service.measures.asking import Answer, Figure, Line
from service.measures.core.definitions import MEASURES, Definition, Unit
from service.measures.core.spans import by_month
from service.program.core.settings import ProgramSettings

PATH = "/program/measures"
NONE = "(none)"
"""In an address: rows that have no value of a dimension."""
_ADDED = (Unit.COUNT, Unit.MONEY)
_TONES = ("accent", "good", "info", "quiet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure as it stands on the page: numbers as texts, an address below the console's base."""

    title: str
    definition: Definition
    value: str
    address: str
    program: str
    before: str
    matched: str
    outside: str


def shown(answer: Answer, line: Line, definition: Definition) -> Shown:
    """A figure of a group."""
    figure: Figure = line.figures[definition.measure]
    against = figure.against

    def text(value: Decimal | None) -> str:
        return value_of(definition.unit, value, answer.home_currency)

    return Shown(
        title=definition.title,
        definition=definition,
        value=text(figure.value),
        address=_address(definition.measure, figure.rows),
        program=text(against.program) if against else "–",
        before=text(against.before) if against else "–",
        matched=text(against.matched) if against else "–",
        outside=text(against.outside) if against else "–",
    )


def _address(name: str, rows: str) -> str:
    """The page with the rows that the API has at an address; a page takes no empty values."""
    said = dict(parse_qsl(urlsplit(rows).query, keep_blank_values=True))
    return listed(f"{PATH}/{name}", {each: value or NONE for each, value in said.items()})


def value_of(unit: Unit, value: Decimal | None, home: str) -> str:
    """A number of a measure; a dash where there is none."""
    if value is None:
        return "–"
    if unit is Unit.SHARE:
        return f"{value * 100:.1f}\u202f%"
    if unit is Unit.DAYS:
        return f"{value:.1f} days"
    if unit is Unit.COUNT:
        return count(float(value)) if value == value.to_integral_value() else f"{value:.1f}"
    return _money(value, home) + (" a day" if unit is Unit.MONEY_PER_DAY else "")


def _money(value: Decimal, home: str) -> str:
    return f"{value:,.2f}".replace(",", "\u202f") + f"\u202f{home}"


def adds(name: str, value: Decimal | None, home: str) -> str:
    """What a row adds to a measure."""
    if value is None:
        return "not known"
    unit = MEASURES[name].unit
    if unit is Unit.SHARE:
        return "yes" if value else "no"
    return value_of(Unit.MONEY if unit is Unit.MONEY_PER_DAY else unit, value, home)


def chart(answer: Answer, settings: ProgramSettings, now: datetime) -> Chart | None:
    """A measure by month and tier, where it can be added up."""
    [definition] = answer.definitions
    if definition.unit not in _ADDED:
        return None
    months = by_month(settings, answer.since, min(answer.until, max(now, answer.since)))
    parts = [
        Part(
            since=each.since,
            until=each.until,
            said={},
            mark=f"{date.fromisoformat(f'{each.name}-01'):%b}",
            label=each.name,
        )
        for each in months
    ]
    values: dict[str, dict[str, float]] = {each.name: {} for each in months}
    for line in answer.lines:
        month, tier = line.group["month"] or "", line.group["tier"] or ""
        if month in values:
            values[month][tier] = max(float(line.figures[definition.measure].value or 0), 0)
    called = {**{tier: (label, tone) for (tier, label), tone in zip(TIER.items(), _TONES, strict=False)}}
    called[""] = ("Outside the program", _TONES[-1])
    addresses = [listed(f"{PATH}/{definition.measure}", moments(each.since, each.until)) for each in months]
    return stacked(definition.title, parts, list(values.values()), called, addresses)
