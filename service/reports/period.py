"""The time a report is about, and the zone in which its hours and days are counted. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from routing.hours import WEEKDAYS
from service.reports.facts import Coded, Numbers

DEFAULT = timedelta(days=30)
"""How far back a report goes unless said."""

_QUARTER = 900
"""Seconds: every offset there is, and every change of one, is a multiple of a quarter of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``since`` up to, not including, ``until``; hours and days are those of ``zone`` (IANA)."""

    since: datetime
    until: datetime
    zone: str


def hour(local: datetime) -> str:
    """The hour of the day, 00 to 23."""
    return f"{local.hour:02d}"


def day(local: datetime) -> str:
    """The date, as 2026-03-02."""
    return local.date().isoformat()


def weekday(local: datetime) -> str:
    """The day of the week, `mon` to `sun`."""
    return WEEKDAYS[local.weekday()]


def named(moments: Numbers, zone: str, name: Callable[[datetime], str]) -> Coded:
    """What each moment is called in a zone: the name of the quarter of an hour that it falls in there."""
    quarters, codes = np.unique((moments // _QUARTER).astype(np.int64), return_inverse=True)
    there = ZoneInfo(zone)
    local = (datetime.fromtimestamp(each * _QUARTER, UTC).astimezone(there) for each in quarters.tolist())
    names = Coded.of(map(name, local))
    return Coded(codes=names.codes[codes], values=names.values)
