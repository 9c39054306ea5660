"""What is asked of measures, and what is answered. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from service.db.measures.rows import Rateless
from service.measures.core.definitions import MEASURES, Definition

DIMENSIONS: Mapping[str, str] = {
    "tier": "The tier that this account had at the date that counts; none: outside the program.",
    "account": "The account that the record is on now: what has moved counts there, whole.",
    "segment": "The segment that the account has now, whatever it had at that date.",
    "rep": "The rep, as the definition attributes it.",
    "campaign": "The campaign, as the definition attributes it.",
    "play": "The play of that campaign.",
    "quarter": "The fiscal quarter of the date that counts.",
    "month": "The month of the date that counts, in the zone of the fiscal calendar.",
}
"""What figures can be grouped by and limited to, each with what it means."""

TIMES = ("quarter", "month")
OF_ROWS = ("rep", "campaign", "play")
"""Dimensions that rows have, and not accounts."""

ORDER = "pipeline_created"
SHOWN = 100


class Unanswerable(ValueError):
    """Something that measures do not have. ``parameter`` names it, the message says what there is."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which measures, over which time, in which groups, limited to which values of dimensions.

    The largest ``limit`` groups are shown by the measure ``order``; the others are added up in one.
    """

    since: datetime
    until: datetime
    measures: tuple[str, ...] = tuple(MEASURES)
    by: tuple[str, ...] = ()
    only: Mapping[str, str | None]
    compare: bool = True
    order: str = ORDER
    limit: int = SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A figure of the accounts of a group while in the program, and what it is set against.

    ``before``: the same accounts in the equal span before they came in. ``outside``: what as many accounts of
    the same segments, sizes and regions bring outside; ``matched`` is the part of ``program`` that it is
    against, of the accounts that have such. None where there is nothing to tell.
    """

    program: Decimal | None
    before: Decimal | None
    matched: Decimal | None
    outside: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, the address of the rows that it is made of, and what it is set against."""

    value: Decimal | None
    rows: str
    against: Against | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likened:
    """How many accounts of a group were in the program, and have accounts like them outside."""

    accounts: int
    likened: int
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A group: its value of each dimension, and its figures by measure."""

    group: Mapping[str, str | None]
    figures: Mapping[str, Figure]
    compared: Likened | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What sums of money leave out: ``without_amount`` counts opportunities that say none."""

    without_amount: int
    without_rate: Sequence[Rateless]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Measures in groups. ``others`` are the groups that are not shown, together; ``total`` is of all."""

    since: datetime
    until: datetime
    home_currency: str
    attribution_days: int
    group_by: Sequence[str]
    definitions: Sequence[Definition]
    lines: Sequence[Line]
    others: Line | None
    total: Line
    left_out: LeftOut
    cohort_least: int
