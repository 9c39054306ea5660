"""Hours, days, weeks, months and quarters of a time zone, as moments in UTC.

A period begins when the zone's clock first reaches its beginning, so a day on
which the clocks change has 23 or 25 hours (in Lord Howe 23 1/2 or 24 1/2).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from routing.types.people import Per
from routing.types.pools import ResetPolicy


def begins(per: Per, now: datetime, zone: str) -> datetime | None:
    """Return since when a cap counts at ``now``; None for ever."""
    local = now.astimezone(ZoneInfo(zone))
    match per:
        case Per.HOUR:
            return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        case Per.DAYS_30:
            return now.astimezone(UTC) - timedelta(days=30)
        case Per.TOTAL:
            return None
        case _:
            return _midnight(_first_day(per, local.date()), zone)


def ends(per: Per, now: datetime, zone: str) -> datetime | None:
    """Return when the period that ``now`` is in is over; None where that is not a fixed time."""
    day = now.astimezone(ZoneInfo(zone)).date()
    match per:
        case Per.HOUR:
            return (begins(per, now, zone) or now) + timedelta(hours=1)
        case Per.DAY:
            return _midnight(day + timedelta(days=1), zone)
        case Per.WEEK:
            return _midnight(_first_day(per, day) + timedelta(days=7), zone)
        case Per.MONTH:
            return _midnight(_first_day(per, _first_day(per, day) + timedelta(days=31)), zone)
        case _:
            return None


def last_reset(policy: ResetPolicy, now: datetime, zone: str) -> datetime | None:
    """Return the latest moment up to ``now`` at which a pool resets; None when it never does."""
    day = now.astimezone(ZoneInfo(zone)).date()
    match policy:
        case ResetPolicy.NEVER:
            return None
        case ResetPolicy.WEEKLY:
            first = _first_day(Per.WEEK, day)
        case ResetPolicy.MONTHLY:
            first = day.replace(day=1)
        case ResetPolicy.QUARTERLY:
            first = date(day.year, day.month - (day.month - 1) % 3, 1)
    return _midnight(first, zone)


def months_between(start: datetime, now: datetime, zone: str) -> int:
    """Return the whole calendar months from the date of ``start`` to that of ``now``; 0 before it."""
    first, last = (moment.astimezone(ZoneInfo(zone)).date() for moment in (start, now))
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return max(0, months)


def _first_day(per: Per, day: date) -> date:
    if per is Per.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if per is Per.MONTH else day


@lru_cache(maxsize=1000)
def _midnight(day: date, zone: str) -> datetime:
    """Return the day's first moment. A midnight that is skipped is the moment of the change."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
