"""Working time in real time: hours on somebody's own wall clock, holidays, absences.

A weekly block is wall-clock time on the dates of its zone; a night shift is two
blocks, one up to midnight and one from it. Where the clocks change, a wall time
means the first moment at which the clock has reached it: a time that is
skipped is the moment of the change, a time that comes twice is its first
coming. So blocks that touch on the wall touch in real time, and a day without
existence (Apia, 30 December 2011) has no working time.

Times passed in are aware; times returned are in UTC. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from routing.public_holidays import holidays_of
from routing.types.people import Absence, WorkBlock

Span = tuple[datetime, datetime]
"""A stretch of real time, half-open, in UTC."""

HORIZON_DAYS = 366
"""How far ahead working time is looked for: who has none for so long has none."""

COMPANY_DAY = "day off"
"""What a day off is called that is no public holiday."""

_DAY = timedelta(days=1)
_ALWAYS = tuple(WorkBlock(weekday=day, start=0, end=1440) for day in range(7))


class Works(Protocol):
    """Who works at known times: a `Rep` or a `WorkCalendar`."""

    @property
    def time_zone(self) -> str: ...
    @property
    def working_hours(self) -> tuple[WorkBlock, ...]: ...
    @property
    def absences(self) -> tuple[Absence, ...]: ...
    @property
    def holidays(self) -> str | None: ...
    @property
    def days_off(self) -> tuple[date, ...]: ...
    @property
    def days_on(self) -> tuple[date, ...]: ...


class NoWorkingTime(LookupError):
    """There is no working time within the horizon."""


def holiday_on(who: Works, day: date) -> str | None:
    """Return what makes a day of the person's own calendar free: a holiday's name, or `COMPANY_DAY`."""
    if day in who.days_on:
        return None
    if day in who.days_off:
        return COMPANY_DAY
    return holidays_of(who.holidays, day.year).get(day) if who.holidays else None


def local_day(who: Works, moment: datetime) -> date:
    """Return the date that the person's wall shows."""
    return moment.astimezone(ZoneInfo(who.time_zone)).date()


def in_hours(who: Works, now: datetime) -> bool:
    """Say whether ``now`` is in working hours and on no holiday; absences are not looked at."""
    if not who.working_hours and not who.holidays and not who.days_off:
        return True
    moment = now.astimezone(UTC)
    today = local_day(who, moment)
    for day in (today, today + _DAY):  # clocks set back past midnight show an old date
        if any(begin <= moment < until for begin, until in spans_on(who, day)):
            return True
    return False


def spans_on(who: Works, day: date, hours: tuple[WorkBlock, ...] | None = None) -> tuple[Span, ...]:
    """Return the blocks of one date as real time, by their beginning; none on a holiday.

    They may overlap. ``hours`` are taken in the place of the person's own.
    """
    if holiday_on(who, day) is not None:
        return ()
    return _spans(who.time_zone, who.working_hours if hours is None else hours, day)


def working_spans(
    who: Works,
    start: datetime,
    end: datetime,
    *,
    hours: tuple[WorkBlock, ...] | None = None,
    away: Sequence[Span] | None = None,
) -> Iterator[Span]:
    """Yield the stretches of working time from ``start`` to ``end``, in order, disjoint, never empty.

    ``hours`` and ``away``, in UTC and by their beginning, take the place of the person's own.
    """
    if away is None:
        away = away_times(who.absences)
    reached = start
    for begin, until in _blocks(who, hours, start, end):
        position = max(begin, reached)
        reached = max(reached, until)
        for leaves, returns in away:
            if leaves >= until:
                break
            if position < leaves:
                yield position, leaves
            position = max(position, returns)
        if position < until:
            yield position, until


def away_times(absences: Sequence[Absence]) -> list[Span]:
    """Return absences as stretches of real time, by their beginning."""
    return sorted((gone.start.astimezone(UTC), gone.until.astimezone(UTC)) for gone in absences)


def working_time_between(start: datetime, end: datetime, who: Works) -> timedelta:
    """Return how much is worked from ``start`` to ``end``; zero when ``end`` is not later."""
    spans = working_spans(who, start.astimezone(UTC), end.astimezone(UTC))
    return sum((until - begin for begin, until in spans), timedelta())


def add_working_time(start: datetime, span: timedelta, who: Works) -> datetime:
    """Return the first moment by which ``span`` has been worked since ``start``.

    Nothing to work is ``start`` itself. Raises ValueError for a negative span and
    NoWorkingTime when nothing is worked for `HORIZON_DAYS` on end.
    """
    if span < timedelta():
        raise ValueError(f"the time to add is 0 or more, not {span}")
    reached, left = start.astimezone(UTC), span
    while left:
        horizon = reached + timedelta(days=HORIZON_DAYS)
        worked = timedelta()
        for begin, until in working_spans(who, reached, horizon):
            if until - begin >= left - worked:
                return begin + left - worked
            worked += until - begin
        if not worked:
            raise NoWorkingTime(f"there is no working time in {HORIZON_DAYS} days")
        reached, left = horizon, left - worked
    return reached


def _blocks(
    who: Works, hours: tuple[WorkBlock, ...] | None, start: datetime, end: datetime
) -> Iterator[Span]:
    """Yield the blocks as real time, cut to ``start`` and ``end``, by their beginning; they may overlap."""
    day, last = local_day(who, start), local_day(who, end) + _DAY
    while day <= last:
        for opens, closes in spans_on(who, day, hours):
            begin, until = max(start, opens), min(end, closes)
            if begin < until:
                yield begin, until
        day += _DAY


@lru_cache(maxsize=20_000)
def _spans(time_zone: str, hours: tuple[WorkBlock, ...], day: date) -> tuple[Span, ...]:
    zone, weekday = ZoneInfo(time_zone), day.weekday()
    todays = sorted((block.start, block.end) for block in hours or _ALWAYS if block.weekday == weekday)
    found = ((_moment(day, start, zone), _moment(day, end, zone)) for start, end in todays)
    return tuple((begin, until) for begin, until in found if begin < until)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the first moment at which the clock in ``zone`` has reached a wall time."""
    wall = datetime.combine(day, time.min) + timedelta(minutes=minute)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # The wall time is skipped. The clock jumps over it between these two moments.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = moment
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
