"""When a rep works: hours in the rep's own zone, absences, holidays.

A weekly block is wall-clock time on the rep's own dates; a night shift is two
blocks, one up to midnight and one from it. Where the clocks change, a wall time
means the first moment at which the rep's clock has reached it: a time that is
skipped is the moment of the change, a time that comes twice is its first
coming. So blocks that touch on the wall touch in real time, and a day without
existence (Apia, 30 December 2011) has no working time.

Times passed in are aware; times returned are in UTC. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from routing.types import Rep, SkipReason, WorkBlock

Span = tuple[datetime, datetime]
"""A stretch of real time, half-open, in UTC."""

HORIZON_DAYS = 366
"""How far ahead working time is looked for: a rep without any for so long has none."""

_ALWAYS = tuple(WorkBlock(weekday=day, start=0, end=1440) for day in range(7))


class NoWorkingTime(LookupError):
    """A rep has no working time within the horizon."""


def why_unavailable(
    rep: Rep, now: datetime, *, respect_hours: bool, holidays: Collection[date] = ()
) -> SkipReason | None:
    """Return why a rep cannot take a contact at ``now``; None when the rep can.

    Hours and ``holidays`` (the rep's own dates without work) count only with
    ``respect_hours``.
    """
    if not rep.active:
        return SkipReason.INACTIVE
    moment = now.astimezone(UTC)
    if any(absence.start <= moment < absence.until for absence in rep.absences):
        return SkipReason.ABSENT
    if respect_hours and not _in_hours(rep, moment, holidays):
        return SkipReason.OFF_HOURS
    return None


def next_available(
    rep: Rep,
    now: datetime,
    *,
    respect_hours: bool = True,
    horizon_days: int = HORIZON_DAYS,
    holidays: Collection[date] = (),
) -> datetime | None:
    """Return the first moment from ``now`` on at which the rep can take a contact.

    None for an inactive rep and when there is no such moment within ``horizon_days``.
    """
    if not rep.active:
        return None
    hours = rep.working_hours if respect_hours else ()
    start = now.astimezone(UTC)
    spans = _working(rep, hours, start, start + timedelta(days=horizon_days), holidays)
    return next((begin for begin, _ in spans), None)


def working_time_between(
    start: datetime, end: datetime, rep: Rep, *, holidays: Collection[date] = ()
) -> timedelta:
    """Return how long the rep works from ``start`` to ``end``; zero when ``end`` is not later."""
    spans = _working(rep, rep.working_hours, start.astimezone(UTC), end.astimezone(UTC), holidays)
    return sum((until - begin for begin, until in spans), timedelta())


def working_minutes_between(
    start: datetime, end: datetime, rep: Rep, *, holidays: Collection[date] = ()
) -> int:
    """Return the whole minutes of `working_time_between`."""
    return working_time_between(start, end, rep, holidays=holidays) // timedelta(minutes=1)


def add_working_minutes(
    start: datetime, minutes: int, rep: Rep, *, holidays: Collection[date] = ()
) -> datetime:
    """Return the first moment by which the rep has worked ``minutes`` since ``start``.

    Zero minutes is ``start`` itself. Raises ValueError for a negative number and
    NoWorkingTime when the rep does not work for `HORIZON_DAYS` on end.
    """
    if minutes < 0:
        raise ValueError(f"minutes to add are 0 or more, not {minutes}")
    reached = start.astimezone(UTC)
    left = timedelta(minutes=minutes)
    while left:
        horizon = reached + timedelta(days=HORIZON_DAYS)
        worked = timedelta()
        for begin, until in _working(rep, rep.working_hours, reached, horizon, holidays):
            if until - begin >= left - worked:
                return begin + left - worked
            worked += until - begin
        if not worked:
            raise NoWorkingTime(f"rep {rep.id!r} has no working time in {HORIZON_DAYS} days")
        reached, left = horizon, left - worked
    return reached


# --- working time in real time ----------------------------------------------


def _in_hours(rep: Rep, now: datetime, holidays: Collection[date]) -> bool:
    """Say whether ``now`` is in a block of the rep's; absences are not looked at."""
    if not rep.working_hours and not holidays:
        return True
    return any(_blocks(rep, rep.working_hours, now, now + timedelta.resolution, holidays))


def _working(
    rep: Rep, hours: tuple[WorkBlock, ...], start: datetime, end: datetime, holidays: Collection[date]
) -> Iterator[Span]:
    """Yield the stretches of working time from ``start`` to ``end``, in order, disjoint, never empty."""
    away = sorted((gone.start.astimezone(UTC), gone.until.astimezone(UTC)) for gone in rep.absences)
    reached = start
    for begin, until in _blocks(rep, hours, start, end, holidays):
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


def _blocks(
    rep: Rep, hours: tuple[WorkBlock, ...], start: datetime, end: datetime, holidays: Collection[date]
) -> Iterator[Span]:
    """Yield the blocks as real time, cut to ``start`` and ``end``, by their beginning; they may overlap."""
    zone = ZoneInfo(rep.time_zone)
    day = start.astimezone(zone).date()
    last = end.astimezone(zone).date() + timedelta(days=1)  # clocks set back past midnight show an old date
    while day <= last:
        if day not in holidays:
            todays = (block for block in hours or _ALWAYS if block.weekday == day.weekday())
            for block in sorted(todays, key=lambda block: block.start):
                begin = max(start, _moment(day, block.start, zone))
                until = min(end, _moment(day, block.end, zone))
                if begin < until:
                    yield begin, until
        day += timedelta(days=1)


@lru_cache(maxsize=10_000)
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
