"""Promises: until when something has to be done, and what happens when it was not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from routing.types.people import WorkCalendar


class Then(StrEnum):
    """What a clock that ran out does with the contact."""

    NOTHING = "nothing"  # it stays where it is
    REASSIGN = "reassign"  # the rules decide again, without those who had it
    MANAGER = "manager"  # the rep's manager gets it
    QUEUE = "queue"  # it is put into a queue


class Transfer(StrEnum):
    """What a clock does when the contact changes hands."""

    RESTART = "restart"  # the new rep has the whole time
    CARRY_ON = "carry_on"  # the new rep has what is left of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What belongs to a promise besides its time.

    ``hours`` is the named calendar that business time is counted in; None: the
    assignee's own hours. ``remind`` are minutes before the due time, the earliest
    reminder first. ``escalate`` says who is told when time is up: ``manager`` or
    reps by id. After ``hops`` reps have missed it, ``last`` happens in the place
    of ``then``; ``queue`` is the queue that one of the two names.
    """

    hours: WorkCalendar | None = None
    remind: tuple[int, ...] = ()
    escalate: tuple[str, ...] = ()
    then: Then = Then.NOTHING
    hops: int = 3
    last: Then = Then.MANAGER
    queue: str | None = None
    transfer: Transfer = Transfer.RESTART


PLAIN = Terms()
"""A due time and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A due time. ``minutes`` is the promise, counted in the named calendar.

    ``used`` are the minutes of it that reps before this one had, where it carries on;
    ``remind_at`` when the rep is reminded.
    """

    name: str  # "first_touch", "acceptance", ...
    minutes: int
    calendar: Literal["real", "business"]  # business: the working hours of the assignee, or of the terms
    due_at: datetime
    terms: Terms = PLAIN
    used: int = 0
    remind_at: tuple[datetime, ...] = ()
