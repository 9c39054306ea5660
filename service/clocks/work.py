"""What a rep does with a contact, as far as clocks wait for it: first touch, other things done, pauses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from routing.types.people import Rep, RepId
from service.db import assignments, clocks, reps, timers
from service.db.assignments import Assignment
from service.db.clocks import RESUME, State, Ticking
from service.db.engine import Database
from service.db.timers import Wanted
from service.desk.assigned import demand_active, held, reread
from service.problems import FieldError, Invalid


class Work:
    """Notes work on assignments. Safe to share between threads; doing it twice is doing it once."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def touch(self, assignment_id: str, at: datetime | None, by: str) -> Assignment:
        """Note that the rep got in touch with the contact, at ``at`` or now. That also accepts it.

        The earliest time known counts. Raises NotFound, Conflict when the assignment has
        ended, Invalid for a time before it began or in the future.
        """
        return self._database.transact(partial(self._touch, assignment_id, at, by))

    def done(self, assignment_id: str, name: str) -> Assignment:
        """Note that what a clock waits for is done. Raises NotFound, Conflict, Invalid for no such clock."""
        return self._database.transact(partial(self._done, assignment_id, name))

    def pause(self, assignment_id: str, reason: str, until: datetime | None) -> Assignment:
        """Stop the clocks that run, e.g. while the contact is to answer, until somebody or ``until`` ends it.

        What has run out stays so. Raises NotFound, Conflict, Invalid for a time that has passed.
        """
        return self._database.transact(partial(self._pause, assignment_id, reason, until))

    def resume(self, assignment_id: str) -> Assignment:
        """Let paused clocks run on, with what was left of their time. Raises NotFound, Conflict."""
        return self._database.transact(partial(self._resume, assignment_id))

    def clocks(self, assignment_id: str) -> list[Ticking]:
        """The clocks of an assignment, those due first before the others. Nothing when there are none."""
        with self._database.read() as connection:
            return clocks.of(connection, [assignment_id]).get(assignment_id, [])

    def _touch(self, assignment_id: str, at: datetime | None, by: str, connection: Connection) -> Assignment:
        found, _ = held(connection, assignment_id)
        now = self._clock()
        if found.touched_at is None:
            demand_active(found)
        if at is not None and not found.assigned_at <= at <= now:
            error = FieldError(pointer="#/at", detail="must lie between the assignment and now")
            raise Invalid("The touch has a time that cannot be", errors=[error])
        assignments.touch(connection, found, at or now, by)
        return reread(connection, assignment_id)

    def _done(self, assignment_id: str, name: str, connection: Connection) -> Assignment:
        found, _ = held(connection, assignment_id)
        ticking = clocks.of(connection, [assignment_id]).get(assignment_id, [])
        if name not in {each.name for each in ticking}:
            names = ", ".join(each.name for each in ticking) or "none"
            error = FieldError(parameter="clock", detail=f"is no clock of the assignment; it has: {names}")
            raise Invalid("There is no such clock", errors=[error])
        if any(each.name == name and each.state is not State.MET for each in ticking):
            demand_active(found)
            clocks.meet(connection, [assignment_id], [name], at=self._clock())
        return reread(connection, assignment_id)

    def _pause(
        self, assignment_id: str, reason: str, until: datetime | None, connection: Connection
    ) -> Assignment:
        found, _ = held(connection, assignment_id)
        demand_active(found)
        now = self._clock()
        if until is not None and until <= now:
            error = FieldError(pointer="#/until", detail="must be in the future")
            raise Invalid("The pause has an end that has passed", errors=[error])
        ticking = clocks.of(connection, [assignment_id]).get(assignment_id, [])
        if not any(each.state is State.PAUSED for each in ticking):
            clocks.pause(connection, ticking, _rep(connection, found.rep), now, reason)
        timers.cancel(connection, [_pausing(assignment_id)], now)
        if until is not None:
            resume = Wanted(
                kind=RESUME,
                subject=_pausing(assignment_id),
                due_at=until,
                ordinal=int(now.timestamp()) % 2**31,
            )
            timers.put(connection, [resume])
        return reread(connection, assignment_id)

    def _resume(self, assignment_id: str, connection: Connection) -> Assignment:
        found, _ = held(connection, assignment_id)
        demand_active(found)
        resume(connection, found, self._clock())
        return reread(connection, assignment_id)


def resume(connection: Connection, found: Assignment, now: datetime) -> None:
    """Let the paused clocks of an assignment that is locked run on."""
    ticking = clocks.of(connection, [found.id]).get(found.id, [])
    clocks.resume(connection, ticking, _rep(connection, found.rep), now)
    timers.cancel(connection, [_pausing(found.id)], now)


def assignment_of(subject: str) -> str:
    """The assignment whose pause a timer is about."""
    return subject.removeprefix("pause:")


def _pausing(assignment_id: str) -> str:
    return f"pause:{assignment_id}"


def _rep(connection: Connection, name: RepId) -> Rep:
    """The rep whose hours count; one who was deleted works always."""
    return reps.by_id(connection, [name]).get(name) or Rep(id=name, name=name)
