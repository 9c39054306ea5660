"""Reps: who can own contacts, and when they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from matching.types import Scalar

RepId = NewType("RepId", str)
"""A rep's external id, kept exactly as the caller gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBlock:
    """One stretch of working time on a weekday, in the rep's own zone.

    ``weekday`` is 0 for Monday to 6 for Sunday; ``start`` and ``end`` are
    minutes after midnight, 0 <= start < end <= 1440.
    """

    weekday: int
    start: int
    end: int


class Handback(StrEnum):
    """What becomes, when an absence ends, of the contacts that the cover was given in its time."""

    RETURN = "return"  # what is still open goes back to who was away
    UNTOUCHED = "untouched"  # only what the cover has not begun to work goes back
    STAY = "stay"  # it stays with the cover


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A time a rep is away, half-open: from ``start`` up to, not including, ``until``."""

    start: datetime
    until: datetime
    cover: RepId | None = None  # who stands in for what the rep owns
    reason: str | None = None
    handback: Handback = Handback.RETURN


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """A rep's switch, off: from ``since`` up to ``until``, or (None) until somebody switches it on."""

    since: datetime
    until: datetime | None = None
    reason: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A time in the rep's calendar that is taken, half-open: a meeting, not an absence."""

    start: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """Working hours that a rulebook names, such as those of a team. The fields are as in `Rep`."""

    name: str
    time_zone: str = "UTC"
    working_hours: tuple[WorkBlock, ...] = ()
    holidays: str | None = None
    days_off: tuple[date, ...] = ()
    days_on: tuple[date, ...] = ()
    absences: tuple[Absence, ...] = ()  # times at which nobody of the team works


class Per(StrEnum):
    """The time over which a cap counts, in calendar periods of the zone; the last two are not periods."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"
    DAYS_30 = "30_days"  # the 30 times 24 hours just gone
    TOTAL = "total"  # ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most ``most`` turns (0 or more) in a period."""

    per: Per
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """A person who can own contacts. AE, SDR, AM, CSM are roles.

    ``holidays`` is the place whose public holidays the rep has, as ISO 3166
    (``DE``, ``DE-BE``); ``days_off`` are further days without work, ``days_on``
    days that are worked although they are a holiday; all on the rep's own calendar.
    """

    id: RepId
    name: str
    email: str | None = None
    role: str | None = None
    team: str | None = None
    manager: RepId | None = None
    time_zone: str = "UTC"  # IANA name
    working_hours: tuple[WorkBlock, ...] = ()  # empty: always working
    absences: tuple[Absence, ...] = ()
    holidays: str | None = None
    days_off: tuple[date, ...] = ()
    days_on: tuple[date, ...] = ()
    offline: Offline | None = None
    busy: tuple[Busy, ...] = ()  # meetings about now, where the rep's calendar says that they count
    active: bool = True
    custom: Mapping[str, Scalar] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()  # turns over all pools, in periods of the rep's own zone
    open_cap: int | None = None  # contacts the rep may have open before pools pass the rep over


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A person who decided in the place of the rules: who, and the reason given."""

    by: str
    reason: str
