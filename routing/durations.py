"""Times as people write them: ``30 days``, ``4 business hours``, ``2026-03-01``, ``3 days ago``.

Two kinds of span are kept apart because they answer different questions:

- a `Window` looks back from now. Minutes and hours are exact; days, weeks,
  months and years are calendar days in the rulebook's zone, so "within 30
  days" holds for all of the day that lies thirty dates back, whatever the hour
  and whether or not the clocks changed in between.
- a `Promise` is time given to somebody: minutes, on the real clock or in
  business time (the assignee's working hours).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from routing.types.clocks import PLAIN, Terms

BUSINESS_DAY_HOURS = 8
"""What "1 business day" promises, in working hours."""

_SPAN = re.compile(r"(\d{1,5})\s*(business\s+)?([a-z]+)", re.IGNORECASE)
_EXACT = {"m": 1, "min": 1, "minute": 1, "h": 60, "hour": 60}
_CALENDAR = {
    "d": "day",
    "day": "day",
    "w": "week",
    "week": "week",
    "month": "month",
    "y": "year",
    "year": "year",
}
_RELATIVE = re.compile(r"(?:in\s+(?P<ahead>.+)|(?P<back>.+)\s+ago)", re.IGNORECASE)

SPAN_HINT = "write a number and a unit, e.g. '30 days', '48 hours' or '90 minutes'"
PROMISE_HINT = "write a number and a unit, e.g. '4 business hours', '24 hours' or '2 business days'"
TIME_HINT = "write a date or a time, e.g. 2026-03-01 or 2026-03-01T09:00:00+01:00"

Unit = Literal["minute", "day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Window:
    """A span that looks back or ahead from a moment. See the module for what a day is."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        if self.unit == "minute" and self.count % 60 == 0 and self.count:
            return _plural(self.count // 60, "hour")
        return _plural(self.count, self.unit)

    def start(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the earliest moment inside the window that ends at ``now``."""
        if self.unit == "minute":
            return now - timedelta(minutes=self.count)
        return _midnight(_shift(now.astimezone(zone).date(), -self.count, self.unit), zone)

    def end(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the first moment after the window that begins at ``now``."""
        if self.unit == "minute":
            return now + timedelta(minutes=self.count)
        day = _shift(now.astimezone(zone).date(), self.count, self.unit)
        return _midnight(day + timedelta(days=1), zone)

    def after(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the moment that lies this span after ``now``, at the same time of day."""
        if self.unit == "minute":
            return now + timedelta(minutes=self.count)
        local = now.astimezone(zone)
        day = _shift(local.date(), self.count, self.unit)
        return datetime.combine(day, local.time(), zone).astimezone(UTC)

    def before(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the moment that lies this span before ``now``, at the same time of day."""
        if self.unit == "minute":
            return now - timedelta(minutes=self.count)
        local = now.astimezone(zone)
        day = _shift(local.date(), -self.count, self.unit)
        return datetime.combine(day, local.time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Promise:
    """Time given to somebody: ``minutes`` on the ``real`` clock or in ``business`` time, on these terms."""

    minutes: int
    calendar: Literal["real", "business"]
    terms: Terms = PLAIN


def parse_window(text: object) -> Window | None:
    """Read ``30 days``, ``4 months``, ``48 hours``, ``90 minutes``; None when it is none of these."""
    found = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or found[2]:
        return None
    count, word = int(found[1]), _singular(found[3])
    if word in _EXACT:
        return Window(count * _EXACT[word], "minute")
    unit: Unit | None = _CALENDAR.get(word)  # type: ignore[assignment]
    # 200 years is more than any business remembers, and keeps dates inside the calendar.
    limit = {"day": 73_000, "week": 10_400, "month": 2_400, "year": 200}
    return Window(count, unit) if unit is not None and count <= limit[unit] else None


def parse_promise(text: object) -> Promise | None:
    """Read ``4 business hours``, ``24 hours``, ``2 business days``; None when it is none of these."""
    found = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or int(found[1]) == 0:
        return None
    count, business, word = int(found[1]), bool(found[2]), _singular(found[3])
    days = {"day": 1, "d": 1, "week": 5 if business else 7, "w": 5 if business else 7}
    if word in _EXACT:
        minutes = count * _EXACT[word]
    elif word in days:
        minutes = count * days[word] * 60 * (BUSINESS_DAY_HOURS if business else 24)
    else:
        return None
    return Promise(minutes, "business" if business else "real")


def parse_time(text: object, zone: ZoneInfo) -> datetime | None:
    """Read a date (its midnight in ``zone``) or a time (without offset: in ``zone``), as UTC."""
    if not isinstance(text, str):
        return None
    try:
        if len(text) <= 10:
            return _midnight(date.fromisoformat(text), zone)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def parse_moment(text: object, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Read a date, a time, ``3 days ago``, ``in 2 hours`` or ``now``, as UTC."""
    if isinstance(text, str) and text.strip() == "now":
        return now
    found = _RELATIVE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return parse_time(text, zone)
    window = parse_window(found["ahead"] or found["back"])
    if window is None:
        return None
    return window.after(now, zone) if found["ahead"] else window.before(now, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _shift(day: date, count: int, unit: Unit) -> date:
    """Move a date by calendar units; a month's missing 31st becomes its last day."""
    if unit == "day":
        return day + timedelta(days=count)
    if unit == "week":
        return day + timedelta(weeks=count)
    months = day.year * 12 + day.month - 1 + (count if unit == "month" else count * 12)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _singular(word: str) -> str:
    word = word.lower()
    return word[:-1] if len(word) > 1 and word.endswith("s") else word


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
