"""Clocks: by when a rep has to act, and whether that was missed.

A promise is counted in one of two calendars: ``real`` time, or ``business``
time, the assignee's own working hours. A business day is eight working hours
whatever the length of the rep's own day (`routing.durations`), so one written
promise is the same number of minutes for everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from routing.availability import NoWorkingTime, add_working_minutes
from routing.durations import PROMISE_HINT, Promise, parse_promise
from routing.types import Clock, Rep

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


def due(minutes: int, calendar: Calendar, rep: Rep, now: datetime) -> datetime:
    """Return when ``minutes`` of the calendar have passed since ``now``, in UTC.

    In business time a contact that comes at night starts to count when the rep
    begins to work. A rep who will not work for a year gets real time, so that
    the contact comes up instead of sleeping.
    """
    if calendar == "business":
        try:
            return add_working_minutes(now, minutes, rep)
        except NoWorkingTime:
            pass
    return now.astimezone(UTC) + timedelta(minutes=minutes)


def start_clock(name: str, promise: Promise, rep: Rep, now: datetime) -> Clock:
    """Start a clock for an assignment: ``name`` is what has to be done, e.g. ``first_touch``."""
    return Clock(
        name=name,
        minutes=promise.minutes,
        calendar=promise.calendar,
        due_at=due(promise.minutes, promise.calendar, rep, now),
    )


def is_breached(clock: Clock, now: datetime, *, done_at: datetime | None = None) -> bool:
    """Say whether a clock was missed: acted on after the due time, or not yet and it has passed.

    Acting exactly at the due time is in time.
    """
    return (done_at or now) > clock.due_at


def _shown(text: object) -> str:
    words = repr(text) if isinstance(text, str) else f"{text} (a {type(text).__name__})"
    return words if len(words) <= 60 else f"{words[:57]}..."
