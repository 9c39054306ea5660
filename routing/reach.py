"""Windows of a condition that are more than a span before now: in whose time, and from which moment.

    within: 30 days                                       a `routing.durations.Window`
    within: 4 business hours of account.owner             the owner's working hours
    within: 2 business days of emea office                a calendar of the rulebook
    within: 60 days before contact.occurred_at            from another moment than now
    within: 14 days after account.owner_since             and from there on

Business hours and minutes are working time, to the minute. Business days are
dates on which there is work: the window begins with the first of them and ends with the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from routing.durations import Window
from routing.fields import Field, Scope
from routing.types.people import RepId, WorkCalendar
from routing.working import HORIZON_DAYS, NoWorkingTime, Works, add_working_time, spans_on, working_spans

GRAMMAR = re.compile(
    r"(?P<count>\d{1,5})\s*(?P<business>business\s+)?(?P<unit>[a-z]+)"
    r"(?:\s+of\s+(?P<whose>.+?))?(?:\s+(?P<side>before|after)\s+(?P<anchor>\S+))?",
    re.IGNORECASE,
)
"""How a window is written."""

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessSpan:
    """Working time, ``count`` of it: minutes to the minute, or days on which there is work.

    It is counted in ``calendar``, or in the working hours of the rep in the field ``whose``.
    """

    count: int
    unit: Literal["minute", "day"]
    calendar: WorkCalendar | None = None
    whose: Field | None = None

    def works(self, scope: Scope) -> Works | None:
        """Return whose time it is; None where nobody is in the field."""
        if self.whose is None:
            return self.calendar
        rep = self.whose.get(scope, None)
        return scope.reps.get(RepId(str(rep))) if rep is not None else None

    def start(self, moment: datetime, who: Works) -> datetime:
        """Return the first moment of the window that ends at ``moment``."""
        if self.unit == "minute":
            return _back(moment, timedelta(minutes=self.count), who)
        return _midnight(_working_day(moment, -self.count, who), who)

    def end(self, moment: datetime, who: Works) -> datetime:
        """Return the first moment after the window that begins at ``moment``."""
        if self.unit == "minute":
            return self.after(moment, who)
        return _midnight(_working_day(moment, self.count, who) + _DAY, who)

    def after(self, moment: datetime, who: Works) -> datetime:
        """Return the moment that lies this span later; days keep the time of day.

        Who does not work for a year gets real time, so that nothing waits for good.
        """
        if self.unit == "minute":
            span = timedelta(minutes=self.count)
            try:
                return add_working_time(moment, span, who)
            except NoWorkingTime:
                return moment + span
        zone = ZoneInfo(who.time_zone)
        day = _working_day(moment, self.count, who)
        return datetime.combine(day, moment.astimezone(zone).time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A window from a moment, ``anchor`` or now, backwards or (``ahead``) forwards."""

    text: str
    span: Window | BusinessSpan
    anchor: Field | None = None
    ahead: bool = False

    def __str__(self) -> str:
        return self.text

    def bounds(self, scope: Scope, *, ahead: bool | None = None) -> tuple[datetime, datetime] | None:
        """Return the first moment of the window and the first after it.

        None where it hangs on what is missing. A window that looks back ends with its
        anchor, which is inside.
        """
        moment = scope.now if self.anchor is None else self.anchor.get(scope, None)
        if not isinstance(moment, datetime):
            return None
        forward = self.ahead if ahead is None else ahead
        if isinstance(self.span, Window):
            if forward:
                return moment, self.span.end(moment, scope.zone)
            return self.span.start(moment, scope.zone), moment + timedelta.resolution
        who = self.span.works(scope)
        if who is None:
            return None
        if forward:
            return moment, self.span.end(moment, who)
        return self.span.start(moment, who), moment + timedelta.resolution

    def after(self, scope: Scope) -> datetime | None:
        """Return the moment that lies the span after now; None where it hangs on what is missing."""
        if isinstance(self.span, Window):
            return self.span.after(scope.now, scope.zone)
        who = self.span.works(scope)
        return self.span.after(scope.now, who) if who is not None else None


def _back(moment: datetime, span: timedelta, who: Works) -> datetime:
    """Return the latest moment since which ``span`` of working time has passed.

    Who does not work for a year gets real time.
    """
    end, left, idle = moment.astimezone(UTC), span, timedelta()
    while idle < timedelta(days=HORIZON_DAYS):
        worked = list(working_spans(who, end - _WEEK, end))
        for begin, until in reversed(worked):
            if until - begin >= left:
                return until - left
            left -= until - begin
        end -= _WEEK
        idle = timedelta() if worked else idle + _WEEK
    return moment - span


def _working_day(moment: datetime, count: int, who: Works) -> date:
    """Return the date that is so many working dates away; the date of ``moment`` itself is not counted."""
    day = moment.astimezone(ZoneInfo(who.time_zone)).date()
    step = _DAY if count > 0 else -_DAY
    left, looked = abs(count), 0
    while left and looked < HORIZON_DAYS + 2 * abs(count):
        day, looked = day + step, looked + 1
        left -= bool(spans_on(who, day))
    return day


def _midnight(day: date, who: Works) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(who.time_zone)).astimezone(UTC)


def business_span(
    count: int, unit: str, whose: Field | None, calendar: WorkCalendar | None
) -> BusinessSpan | None:
    """Return working time from its words; None when ``unit`` is none it can be counted in."""
    word = unit.lower().removesuffix("s") if len(unit) > 1 else unit.lower()
    minutes: Mapping[str, int] = {"m": 1, "min": 1, "minute": 1, "h": 60, "hour": 60}
    days: Mapping[str, int] = {"d": 1, "day": 1, "w": 5, "week": 5}
    if word in minutes:
        return BusinessSpan(count=count * minutes[word], unit="minute", whose=whose, calendar=calendar)
    if word in days and count <= 260:
        return BusinessSpan(count=count * days[word], unit="day", whose=whose, calendar=calendar)
    return None
