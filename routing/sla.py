"""Clocks: by when a rep has to act, when to remind, and whether that was missed.

A promise is counted in ``real`` time or in ``business`` time: the assignee's own
working hours, or those of a calendar that the rulebook names. A business day is
eight working hours whatever the length of the day (`routing.durations`), so one
written promise is the same number of minutes for everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from routing.durations import PROMISE_HINT, Promise, parse_promise
from routing.types.clocks import Clock, Terms, Transfer
from routing.types.people import Rep
from routing.working import NoWorkingTime, Works, add_working_time, working_time_between

Calendar = Literal["real", "business"]

LONGEST_DAYS = 366
"""The longest promise, in days of 24 hours: a longer one is a slip of the pen."""


class DurationError(ValueError):
    """A text is no promise. The message says what would be."""


def parse_duration(text: object) -> Promise:
    """Read a promise such as ``30m``, ``4h``, ``2 business hours``, ``1 business day``.

    Raises DurationError, for the person who wrote it.
    """
    promise = parse_promise(text)
    if promise is None:
        raise DurationError(f"{_shown(text)} is no time to act: {PROMISE_HINT}")
    if promise.minutes > LONGEST_DAYS * 24 * 60:
        raise DurationError(f"{_shown(text)} is longer than {LONGEST_DAYS} days")
    return promise


def due(minutes: int, calendar: Calendar, who: Works, now: datetime) -> datetime:
    """Return when ``minutes`` of the calendar have passed since ``now``, in UTC; see `ends`."""
    return ends(timedelta(minutes=minutes), calendar, who, now)


def ends(span: timedelta, calendar: Calendar, who: Works, now: datetime) -> datetime:
    """Return when ``span`` of the calendar has passed since ``now``, in UTC.

    In business time a contact that comes at night starts to count when work
    begins. Where nobody will work for a year it is real time, so that the contact
    comes up instead of sleeping.
    """
    if calendar == "business":
        try:
            return add_working_time(now, span, who)
        except NoWorkingTime:
            pass
    return now.astimezone(UTC) + span


def passed(calendar: Calendar, who: Works, start: datetime, end: datetime) -> timedelta:
    """Return how much of the calendar lies from ``start`` to ``end``; zero when ``end`` is not later."""
    if calendar == "business":
        return working_time_between(start, end, who)
    return max(end - start, timedelta())


def start_clock(name: str, promise: Promise, rep: Rep, now: datetime, *, used: int = 0) -> Clock:
    """Start a clock for an assignment: ``name`` is what has to be done, e.g. ``first_touch``.

    ``used`` are the minutes that reps before this one had of it; they count where the
    promise carries on. What then is left may be nothing: the clock is due at once.
    """
    used = min(used, promise.minutes) if promise.terms.transfer is Transfer.CARRY_ON else 0
    return _running(name, promise.minutes, promise.calendar, promise.terms, used, rep, now)


def restart(clock: Clock, rep: Rep, now: datetime) -> Clock:
    """Return the clock as it runs for ``rep`` from ``now`` on, with the minutes that are left of it."""
    return _running(clock.name, clock.minutes, clock.calendar, clock.terms, clock.used, rep, now)


def _running(
    name: str, minutes: int, calendar: Calendar, terms: Terms, used: int, rep: Rep, now: datetime
) -> Clock:
    left, who = timedelta(minutes=minutes - used), terms.hours or rep
    return Clock(
        name=name,
        minutes=minutes,
        calendar=calendar,
        due_at=ends(left, calendar, who, now),
        terms=terms,
        used=used,
        remind_at=reminders(terms, calendar, who, now, left),
    )


def counted_in(clock: Clock, rep: Rep) -> Works:
    """Return whose working hours a clock counts: those of the named calendar, or the assignee's."""
    return clock.terms.hours or rep


def reminders(
    terms: Terms, calendar: Calendar, who: Works, anchor: datetime, left: timedelta
) -> tuple[datetime, ...]:
    """Return when to remind, in order: those moments that lie after ``anchor``, from which ``left`` counts.

    A reminder that would have come before the clock began to run is left out.
    """
    if not terms.remind:
        return ()
    spans = (left - timedelta(minutes=before) for before in terms.remind)
    return tuple(sorted(ends(span, calendar, who, anchor) for span in spans if span > timedelta()))


def _shown(text: object) -> str:
    words = repr(text) if isinstance(text, str) else f"{text} (a {type(text).__name__})"
    return words if len(words) <= 60 else f"{words[:57]}..."
