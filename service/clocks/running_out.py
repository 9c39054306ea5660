"""What the timers of clocks do: remind, let a clock run out, end a pause.

Each runs in one transaction with the mark that its timer has fired, and takes the
contact's lock before anything else, as everything does that changes a contact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from routing.types.clocks import Terms, Then
from routing.types.decision import RoutingOutcome
from routing.types.people import Hand, Rep
from service.clocks import misses, notices, work
from service.db import assignments, clocks, reps, timers
from service.db.assignments import Assignment, Ending, Status
from service.db.clocks import DUE, REMIND, RESUME, State, Ticking
from service.db.contacts import Known
from service.db.engine import Undo, attempt
from service.db.timers import Timer
from service.desk.assigned import held
from service.desk.hands import Hands, Passing
from service.flow.anew import anew
from service.flow.flow import Flow
from service.flow.writing import write
from service.rulebook.live import LiveRulebook

BY = "clock"
"""Who is named as having ended or moved an assignment whose clock ran out."""

STAYS = "stays"
"""What became of a contact that nothing was done with."""

SETTLED = "settled"
"""What became of a timer that had nothing to do any more."""


class RunningOut:
    """Fires the timers of clocks. ``handlers`` has what is done, by the kind of the timer."""

    def __init__(self, flow: Flow, rules: LiveRulebook, *, new_id: Callable[[], str]) -> None:
        self._flow = flow
        self._rules = rules
        self._hands = Hands(flow, new_id)

    @property
    def handlers(self) -> Mapping[str, Callable[[Connection, Timer, datetime], None]]:
        """What each kind of timer does; nothing for one that was settled in the meantime."""
        return {REMIND: self._remind, DUE: self._run_out, RESUME: self._resume}

    def _remind(self, connection: Connection, timer: Timer, now: datetime) -> None:
        each, found, _ = self._taken(connection, timer)
        if timers.take(connection, timer.id, now) is None:
            return
        waiting = each.state is State.RUNNING and found.ended_at is None
        if waiting:
            notices.remind(connection, each, found, timer.ordinal, now)
        timers.mark_fired(connection, timer.id, "reminded" if waiting else SETTLED, now)

    def _resume(self, connection: Connection, timer: Timer, now: datetime) -> None:
        found, _ = held(connection, work.assignment_of(timer.subject))
        if timers.take(connection, timer.id, now) is None:
            return
        if found.ended_at is None:
            work.resume(connection, found, now)
        timers.mark_fired(connection, timer.id, "resumed" if found.ended_at is None else SETTLED, now)

    def _run_out(self, connection: Connection, timer: Timer, now: datetime) -> None:
        each, found, known = self._taken(connection, timer)
        if timers.take(connection, timer.id, now) is None:
            return
        if each.state is not State.RUNNING or found.ended_at is not None or each.missed_at is not None:
            timers.mark_fired(connection, timer.id, SETTLED, now)
            return
        rep = reps.by_id(connection, [found.rep]).get(found.rep) or Rep(id=found.rep, name=found.rep)
        clocks.mark_missed(connection, each.id, now)
        timers.mark_fired(connection, timer.id, "ran out", now)
        step = self._then(connection, each, found, known, rep, now)
        timers.mark_fired(connection, timer.id, step, now)
        told = notices.recipients(each.clock.terms.escalate, rep)
        notices.breached(connection, each, found, told, step, now)
        policy = self._rules.current(connection).misses
        if policy is not None:
            misses.count(connection, rep, policy, now)

    def _taken(self, connection: Connection, timer: Timer) -> tuple[Ticking, Assignment, Known]:
        """The clock of a timer, with its assignment and contact locked first."""
        row = int(timer.subject.removeprefix("clock:"))
        seen = clocks.get(connection, row)
        assert seen is not None, "clocks are never deleted"
        found, known = held(connection, seen.assignment_id)
        each = clocks.get(connection, row, lock=True)
        assert each is not None, "clocks are never deleted"
        return each, found, known

    def _then(
        self,
        connection: Connection,
        each: Ticking,
        found: Assignment,
        known: Known,
        rep: Rep,
        now: datetime,
    ) -> str:
        """Do with the contact what the promise says; what was done, in a word."""
        terms = each.clock.terms
        step = terms.then
        if step is Then.REASSIGN:
            missed = assignments.expired_since_done(connection, found.contact_row) + 1
            if missed < terms.hops and self._reassign(connection, each, found, known, now):
                return "reassigned"
            step = terms.last
        moved = self._move(connection, step, terms, each, found, known, rep, now)
        return step.value if moved else STAYS

    def _reassign(
        self, connection: Connection, each: Ticking, found: Assignment, known: Known, now: datetime
    ) -> bool:
        """Let the rules decide again without those who had it; no change when they give it to nobody."""

        def anew_without_them() -> None:
            self._expire(connection, each, found, now)
            batch = self._flow.decide(connection, [anew(known, _event(each), {})], now)
            if batch.decisions[0].routing.outcome not in (RoutingOutcome.ASSIGNED, RoutingOutcome.QUEUED):
                raise Undo
            write(connection, batch, now)

        return attempt(connection, anew_without_them)

    def _move(
        self,
        connection: Connection,
        step: Then,
        terms: Terms,
        each: Ticking,
        found: Assignment,
        known: Known,
        rep: Rep,
        now: datetime,
    ) -> bool:
        hand = Hand(by=BY, reason=f"{each.name} ran out")
        passing = Passing(assignment=found, known=known, hand=hand, event_key=_event(each), now=now)
        if step is Then.QUEUE and terms.queue is not None:
            self._expire(connection, each, found, now)
            self._hands.to_queue(connection, passing, terms.queue)
            return True
        manager = reps.by_id(connection, [rep.manager]).get(rep.manager) if rep.manager else None
        if step is not Then.MANAGER or manager is None or not manager.active or manager.id == rep.id:
            return False
        self._expire(connection, each, found, now)
        self._hands.to_rep(connection, passing, manager)
        return True

    def _expire(self, connection: Connection, each: Ticking, found: Assignment, now: datetime) -> None:
        ending = Ending(id=found.id, status=Status.EXPIRED, reason=f"{each.name} ran out", by=BY)
        assignments.end(connection, [ending], now)


def _event(each: Ticking) -> str:
    return f"clock:{each.id}"
