"""Covers end by themselves: what was lent while somebody was away goes back when the absence is over.

Found by looking, not by a timer: an absence may be moved, shortened or deleted at any
time, and what is right follows from who is there now.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from routing.availability import is_absent
from routing.types.people import Hand, Handback, Rep
from service.db import assignments, reps
from service.db.assignments import Assignment
from service.db.engine import Database
from service.desk.assigned import held
from service.desk.hands import Hands, Passing
from service.flow.flow import Flow

BATCH = 200
BY = "cover"


class Covers:
    """Gives back what covers hold for those who are there again. One contact is one transaction."""

    def __init__(
        self, database: Database, flow: Flow, *, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._database = database
        self._clock = clock
        self._hands = Hands(flow, new_id)

    def run(self) -> bool:
        """Look once at everything that is lent; there is never more to do at once."""
        after = ""
        while lent := self._lent(after):
            after = lent[-1].id
            for each in self._over(lent):
                self._database.transact(partial(self._give_back, each.id))
        return False

    def _lent(self, after: str) -> list[Assignment]:
        with self._database.read() as connection:
            return assignments.borrowed(connection, BATCH, after)

    def _over(self, lent: list[Assignment]) -> list[Assignment]:
        now = self._clock()
        with self._database.read() as connection:
            people = reps.by_id(connection, [each.covers for each in lent if each.covers])
        return [each for each in lent if each.covers in people and not is_absent(people[each.covers], now)]

    def _give_back(self, assignment_id: str, connection: Connection) -> None:
        found, known = held(connection, assignment_id)
        now = self._clock()
        owner = reps.by_id(connection, [found.covers]).get(found.covers) if found.covers else None
        if found.ended_at is not None or owner is None or is_absent(owner, now):
            return
        begun = found.accepted_at is not None or found.touched_at is not None
        policy = _policy(owner, found, now)
        if not owner.active or policy is Handback.STAY or (policy is Handback.UNTOUCHED and begun):
            assignments.keep(connection, found.id)
            return
        hand = Hand(by=BY, reason="the absence is over")
        passing = Passing(assignment=found, known=known, hand=hand, event_key=f"cover:{found.id}", now=now)
        self._hands.to_rep(connection, passing, owner)


def _policy(owner: Rep, found: Assignment, now: datetime) -> Handback:
    """What was agreed for the absence in which the contact was lent; of one that is gone: give it back."""
    lent_in = [away for away in owner.absences if away.start <= found.assigned_at and away.until <= now]
    return max(lent_in, key=lambda away: away.until).handback if lent_in else Handback.RETURN
