"""The time a report is about, and the zone in which its hours and days are counted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from service.records import WEEKDAYS

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


@lru_cache(maxsize=100_000)
def _local(zone: str, quarter: int) -> datetime:
    return datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(ZoneInfo(zone))


def hour(zone: str, moment: float) -> str:
    """The hour of the day that a moment (seconds since 1970) falls in there, 00 to 23."""
    return f"{_local(zone, int(moment // _QUARTER)).hour:02d}"


def day(zone: str, moment: float) -> str:
    """The date of a moment there, as 2026-03-02."""
    return _local(zone, int(moment // _QUARTER)).date().isoformat()


def weekday(zone: str, moment: float) -> str:
    """The day of the week of a moment there, `mon` to `sun`."""
    return WEEKDAYS[_local(zone, int(moment // _QUARTER)).weekday()]
