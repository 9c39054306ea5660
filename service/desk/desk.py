"""What people and clocks do with decided contacts: accept, reject, reassign, answer, release.

Whoever changes the hands a contact is in makes a decision, stored like any
other, so that the log tells the whole story and the outbox tells the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from routing.steps import OVER, SILENCE
from routing.types.decision import RoutingOutcome
from routing.types.people import Hand, RepId
from routing.types.pools import TurnReturn
from service.db import assignments, contacts, decisions, reps, waiting
from service.db.assignments import Assignment, Ending, Status
from service.db.contacts import Known
from service.db.engine import Database
from service.db.waiting import Kind, Wait
from service.decision import Decision
from service.desk.assigned import demand_active, held, reread
from service.desk.hands import Hands, Passing
from service.desk.matters import close, demand_same
from service.flow.anew import anew, decide_anew, locked
from service.flow.flow import Flow
from service.flow.writing import LOOK_AGAIN, write
from service.pools import turns
from service.problems import Conflict, FieldError, Invalid, NotFound

_RELEASED_BY: Mapping[Kind, str] = {Kind.HELD: OVER, Kind.ASKED: SILENCE}


class Desk:
    """Acts on assignments and open matters. Safe to share between threads.

    Every change of one contact is one transaction and safe to repeat: doing it twice is doing it once.
    """

    def __init__(
        self, database: Database, flow: Flow, *, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._database = database
        self._flow = flow
        self._clock = clock
        self._hands = Hands(flow, new_id)

    def accept(self, assignment_id: str) -> Assignment:
        """Note that the rep takes the contact on. Raises NotFound, Conflict when it has ended."""
        return self._database.transact(partial(self._accept, assignment_id))

    def complete(self, assignment_id: str, by: str) -> Assignment:
        """Note that the rep has dealt with the contact. Raises NotFound, Conflict when it ended otherwise."""
        return self._database.transact(partial(self._complete, assignment_id, by))

    def reject(
        self, assignment_id: str, reason: str, by: str, code: TurnReturn = TurnReturn.REJECTED
    ) -> Decision:
        """Give the contact back: the rules decide again without this rep.

        The turn is returned if its pool does that for ``code``.
        """
        return self._database.transact(partial(self._reject, assignment_id, reason, by, code))

    def give_back(self, assignment_id: str, reason: str, by: str) -> Decision:
        """Return a contact that the rep had begun with: the turn stays used, others are considered."""
        return self._database.transact(partial(self._return, assignment_id, reason, by))

    def accept_in(self, connection: Connection, assignment_id: str) -> Assignment:
        """`accept` in a transaction of the caller's, who has more to write."""
        return self._accept(assignment_id, connection)

    def reject_in(
        self, connection: Connection, assignment_id: str, reason: str, by: str, code: TurnReturn
    ) -> Decision:
        """`reject` in a transaction of the caller's, who has more to write."""
        return self._reject(assignment_id, reason, by, code, connection)

    def reassign(self, assignment_id: str, rep: RepId, reason: str, by: str) -> Decision:
        """Put the contact in the hands of another rep, by a person's word."""
        return self._database.transact(partial(self._reassign, assignment_id, rep, reason, by))

    def reassign_in(
        self, connection: Connection, assignment_id: str, rep: RepId, reason: str, by: str
    ) -> Decision:
        """The same in a transaction of the caller's, who does it for many or has more to write."""
        return self._reassign(assignment_id, rep, reason, by, connection)

    def answer(self, decision_id: str, answer: str, by: str) -> Decision:
        """Answer the question that a decision asked, and decide again with it."""
        return self._database.transact(partial(self._answer, decision_id, answer, by))

    def release(self, decision_ids: Sequence[str]) -> list[Decision]:
        """Decide again the contacts whose hold or question has run out.

        Those that would only be held again stay as they are and are looked at
        later; the decisions that were taken are returned.
        """
        taken = (self._database.transact(partial(self._release, each)) for each in decision_ids)
        return [decision for decision in taken if decision is not None]

    def _accept(self, assignment_id: str, connection: Connection) -> Assignment:
        found, _ = held(connection, assignment_id)
        if found.status is not Status.ACCEPTED:
            demand_active(found)
            assignments.accept(connection, assignment_id, self._clock())
        return reread(connection, assignment_id)

    def _complete(self, assignment_id: str, by: str, connection: Connection) -> Assignment:
        found, _ = held(connection, assignment_id)
        if found.status is not Status.COMPLETED:
            demand_active(found)
            ending = Ending(id=assignment_id, status=Status.COMPLETED, reason=None, by=by)
            assignments.end(connection, [ending], self._clock())
            contacts.forget_answers(connection, found.contact_row)
        return reread(connection, assignment_id)

    def _reject(
        self, assignment_id: str, reason: str, by: str, code: TurnReturn, connection: Connection
    ) -> Decision:
        ending = Ending(id=assignment_id, status=Status.REJECTED, reason=reason, by=by)
        return self._let_go(connection, f"reject:{assignment_id}", ending, code)

    def _return(self, assignment_id: str, reason: str, by: str, connection: Connection) -> Decision:
        ending = Ending(id=assignment_id, status=Status.RETURNED, reason=reason, by=by)
        return self._let_go(connection, f"return:{assignment_id}", ending)

    def _let_go(
        self, connection: Connection, event_key: str, ending: Ending, code: TurnReturn | None = None
    ) -> Decision:
        """End an assignment and have the rules decide again; with a ``code`` its turn may be given back."""
        found, known = held(connection, ending.id)
        if done := decisions.by_event(connection, [event_key]):
            return done[event_key]
        demand_active(found)
        now = self._clock()
        assignments.end(connection, [ending], now)
        if code is not None and found.pool is not None and found.turn is not None:
            note, by = ending.reason, ending.by
            turns.give_back(connection, found.pool, found.turn, code, note=note, by=by, now=now)
        return decide_anew(self._flow, connection, anew(known, event_key, {}), now)

    def _reassign(
        self, assignment_id: str, rep: RepId, reason: str, by: str, connection: Connection
    ) -> Decision:
        found, known = held(connection, assignment_id)
        event_key = f"reassign:{assignment_id}"
        if (done := decisions.by_event(connection, [event_key])) and done[event_key].routing.assignee == rep:
            return done[event_key]
        demand_active(found)
        if found.rep == rep:
            raise Conflict("The rep has the contact already; its clocks go on")
        chosen = reps.by_id(connection, [rep]).get(rep)
        if chosen is None or not chosen.active:
            error = FieldError(pointer="#/rep", detail="names no active rep; see /v1/reps")
            raise Invalid("The contact cannot be reassigned", errors=[error])
        now = self._clock()
        hand = Hand(by=by, reason=reason)
        passing = Passing(assignment=found, known=known, hand=hand, event_key=event_key, now=now)
        pools = turns.count_manual(connection, rep)
        return self._hands.to_rep(connection, passing, chosen, pools=pools)

    def _answer(self, decision_id: str, answer: str, by: str, connection: Connection) -> Decision:
        asked = decisions.get(connection, decision_id)
        if asked is None or asked.routing.rule is None or asked.routing.outcome is not RoutingOutcome.ASKED:
            raise NotFound("No decision with a question has this id")
        if answer not in asked.routing.choices:
            choices = ", ".join(asked.routing.choices)
            error = FieldError(pointer="#/answer", detail=f"must be one of: {choices}")
            raise Invalid("The question has other answers", errors=[error])
        known = locked(connection, decisions.contact_row(connection, decision_id))
        event_key = f"answer:{decision_id}"
        if done := decisions.by_event(connection, [event_key]):
            demand_same(connection, decision_id, Kind.ASKED, answer)
            return done[event_key]
        now = self._clock()
        close(connection, decision_id, Kind.ASKED, by, answer, now)
        arrival = anew(known, event_key, {asked.routing.step or asked.routing.rule: answer})
        return decide_anew(self._flow, connection, arrival, now)

    def _release(self, decision_id: str, connection: Connection) -> Decision | None:
        seen = [w for w in waiting.open_of(connection, decision_id) if w.kind in _RELEASED_BY]
        if not seen:
            return None
        known = locked(connection, seen[0].contact_row)
        still_open = [w for w in waiting.open_of(connection, decision_id) if w in seen]
        return self._release_one(connection, still_open[0], known) if still_open else None

    def _release_one(self, connection: Connection, wait: Wait, known: Known) -> Decision | None:
        now = self._clock()
        held = decisions.get(connection, wait.decision_id)
        assert held is not None, "a matter is always of a stored decision"
        over = wait.due_at is not None and held.routing.until is not None and held.routing.until <= now
        step = held.routing.step or held.routing.rule
        answers = {step: _RELEASED_BY[wait.kind]} if over and step else {}
        arrival = anew(known, f"release:{wait.decision_id}", answers)
        batch = self._flow.decide(connection, [arrival], now)
        again = batch.decisions[0]
        stands = (held.routing.outcome, held.routing.rule, held.routing.step)
        if (again.routing.outcome, again.routing.rule, again.routing.step) == stands:
            due_at = (
                again.routing.until if again.routing.until and again.routing.until > now else now + LOOK_AGAIN
            )
            waiting.postpone(connection, [wait.decision_id], wait.kind, due_at)
            return None
        write(connection, batch, now)
        return again
