"""What is promised of clocks and timers, for the doctor: one statement each, which finds what breaks it."""

from __future__ import annotations

from sqlalchemy import String, and_, cast, exists, literal, or_, select

from service.db.clocks import DUE, State
from service.db.tables import assignment, assignment_clock, timer

CLOCKS = "a clock that runs has its timer, and is of an active assignment"
TIMERS = "a timer fires once, with what it does"

_subject = literal("clock:", String) + cast(assignment_clock.c.id, String)
_due = and_(timer.c.kind == DUE, timer.c.subject == _subject)
_open = and_(timer.c.fired_at.is_(None), timer.c.cancelled_at.is_(None))

WITHOUT_TIMER = select(assignment_clock.c.id).where(
    assignment_clock.c.state == State.RUNNING,
    assignment_clock.c.missed_at.is_(None),
    ~exists().where(_due, _open, timer.c.due_at == assignment_clock.c.due_at),
)
"""Clocks that run and will never run out: no timer is set for when they are due."""

OF_NO_ACTIVE = (
    select(assignment_clock.c.id)
    .join(assignment, assignment.c.id == assignment_clock.c.assignment_id)
    .where(assignment_clock.c.state.in_((State.RUNNING, State.PAUSED)), assignment.c.ended_at.is_not(None))
)
"""Clocks that go on although the contact has left the rep."""

FIRED_FOR_NOTHING = (
    select(assignment_clock.c.id)
    .join(timer, _due)
    .where(
        or_(
            and_(
                assignment_clock.c.missed_at.is_not(None),
                timer.c.fired_at.is_(None),
            ),
            and_(
                assignment_clock.c.missed_at.is_(None),
                timer.c.fired_at.is_not(None),
                timer.c.outcome != "settled",
            ),
        )
    )
)
"""Clocks whose timer and whose miss do not go together: one happened without the other."""
