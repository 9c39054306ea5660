"""The measures. Each has one written definition, in ``data/definitions.yaml``, and here its formula.

Terms as account-based programs use them. Nothing else defines a measure: the answers,
the console and docs/program-measures.md are made of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from service.measures.core.components import Component, Source, Sums

DAY = 86_400
_CENT = Decimal("0.01")
_PLACES = Decimal("0.000001")
_NO_RATE = "None: it is no money."


class Unit(StrEnum):
    """What a number is of."""

    COUNT = "count"
    MONEY = "money"  # the home currency, to the cent
    MONEY_PER_DAY = "money_per_day"
    SHARE = "share"  # 0 to 1
    DAYS = "days"


Formula = Callable[[Sums], Fraction | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How a number is made. ``rows``: the component that a row must have for the number to be made of it.

    None for ``rows``: it is made of every row of the source.
    """

    name: str
    unit: Unit
    source: Source
    formula: Formula
    rows: Component | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a number means: the texts of a measure."""

    measure: str
    title: str
    unit: Unit
    counts: str
    date: str
    rate: str
    attribution: str
    left_out: str


def _sum(component: Component, per: int = 1) -> Formula:
    return lambda sums: Fraction(sums.get(component, 0), per)


def _ratio(top: Component, bottom: Component, per: int = 1) -> Formula:
    def of(sums: Sums) -> Fraction | None:
        whole = Fraction(sums.get(bottom, 0))
        return Fraction(sums.get(top, 0)) / whole / per if whole else None

    return of


def _velocity(sums: Sums) -> Fraction | None:
    cycle = _ratio(Component.CYCLE, Component.TIMED, DAY)(sums)
    return Fraction(sums.get(Component.REVENUE, 0)) / 100 / cycle if cycle else None


def _measure(
    name: str, unit: Unit, source: Source, formula: Formula, rows: Component | None = None
) -> tuple[str, Measure]:
    return name, Measure(name=name, unit=unit, source=source, formula=formula, rows=rows)


MEASURES: Mapping[str, Measure] = dict(
    (
        _measure("contacts", Unit.COUNT, Source.CONTACTS, _sum(Component.CONTACTS)),
        _measure("accepted_contacts", Unit.COUNT, Source.ACCEPTED, _sum(Component.ACCEPTED)),
        _measure("meetings", Unit.COUNT, Source.MEETINGS, _sum(Component.MEETINGS)),
        _measure("pipeline_created", Unit.MONEY, Source.OPENED, _sum(Component.PIPELINE, 100)),
        _measure("pipeline_influenced", Unit.MONEY, Source.INFLUENCED, _sum(Component.INFLUENCED, 100)),
        _measure("revenue", Unit.MONEY, Source.CLOSED, _sum(Component.REVENUE, 100), Component.WON),
        _measure(
            "average_deal_size",
            Unit.MONEY,
            Source.CLOSED,
            _ratio(Component.REVENUE, Component.PRICED, 100),
            Component.PRICED,
        ),
        _measure(
            "sales_cycle",
            Unit.DAYS,
            Source.CLOSED,
            _ratio(Component.CYCLE, Component.TIMED, DAY),
            Component.TIMED,
        ),
        _measure("velocity", Unit.MONEY_PER_DAY, Source.CLOSED, _velocity, Component.WON),
        _measure("win_rate", Unit.SHARE, Source.CLOSED, _ratio(Component.WON, Component.CLOSED)),
        _measure("iarr_increase", Unit.MONEY, Source.CLOSED, _sum(Component.IARR, 100), Component.IARR),
        _measure("coverage", Unit.SHARE, Source.ROLES, _ratio(Component.COVERED, Component.ROLES)),
        _measure("engagement", Unit.SHARE, Source.ROLES, _ratio(Component.ENGAGED, Component.ROLES)),
    )
)
"""By name, in the order in which they are shown."""


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    text = files("service.measures").joinpath("data", "definitions.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = YAML(typ="safe", pure=True).load(text)
    return found


def definition(measure: Measure, window: int) -> Definition:
    """What a measure means, with so many days as the attribution window."""
    said = {name: text.replace("{window}", str(window)) for name, text in _texts()[measure.name].items()}
    return Definition(
        measure=measure.name,
        title=said["title"],
        unit=measure.unit,
        counts=said["counts"],
        date=said["date"],
        rate=said.get("rate", _NO_RATE),
        attribution=said["attribution"],
        left_out=said["left_out"],
    )


def figure(measure: Measure, sums: Sums) -> Decimal | None:
    """The number of a measure; None where there is nothing to tell.

    To the cent for money, to two places for estimated counts and whole for others, else to six
    places. Halves are rounded away from zero.
    """
    value = measure.formula(sums)
    if value is None:
        return None
    exact = measure.unit in (Unit.SHARE, Unit.DAYS)
    found = rounded(value, _PLACES if exact else _CENT)
    whole = measure.unit is Unit.COUNT and found == found.to_integral_value()
    return found.quantize(Decimal(1)) if whole else found


def rounded(value: Fraction, places: Decimal) -> Decimal:
    """A fraction as a decimal with so many places, halves away from zero."""
    whole = int(abs(value) / Fraction(places) + Fraction(1, 2))
    return places * (whole if value >= 0 else -whole)
