"""Decisions that a person or a clock takes in the place of the rules: other hands, or a queue.

They are stored like any other, so that the log tells the whole story and the
outbox tells the others. The caller has locked the contact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from routing import sla
from routing.types.clocks import Clock, Transfer
from routing.types.decision import Credit, RoutingDecision, RoutingOutcome
from routing.types.facts import Holder
from routing.types.people import Hand, Rep
from routing.types.pools import PoolName, PoolState
from service.db import clocks, decisions, reps
from service.db.assignments import Assignment
from service.db.clocks import State
from service.db.contacts import Known
from service.decision import AssignmentView, Decision
from service.desk.credit import passed_on
from service.flow.anew import anew
from service.flow.cases import recognise
from service.flow.flow import Flow
from service.flow.writing import Batch, write

Pools = tuple[Mapping[PoolName, PoolState], Mapping[PoolName, PoolState]]
"""Pools before and after a turn that a move is counted as."""

NO_TURN: Pools = ({}, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A contact that leaves the hands it is in: which, by whom and why, as which event, when."""

    assignment: Assignment
    known: Known
    hand: Hand
    event_key: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Onward:
    """Where it goes: to a rep with clocks that run, or (no assignment) to a queue."""

    assignment: AssignmentView | None = None
    running: tuple[Clock, ...] = ()
    queue: str | None = None
    pools: Pools = NO_TURN


class Hands:
    """Moves a contact that somebody has to somebody else. Everything in the caller's transaction."""

    def __init__(self, flow: Flow, new_id: Callable[[], str]) -> None:
        self._flow = flow
        self._new_id = new_id

    def to_rep(
        self, connection: Connection, passing: Passing, rep: Rep, *, pools: Pools = NO_TURN
    ) -> Decision:
        """Put the contact into the hands of ``rep``. The clocks of the assignment run anew, or carry on."""
        found, now = passing.assignment, passing.now
        earlier = clocks.of(connection, [found.id]).get(found.id, [])
        people = reps.by_id(connection, [found.rep])
        used = clocks.used(connection, [found.contact_row], people, now).get(found.contact_row, {})
        running = tuple(
            sla.restart(replace(each.clock, used=_used(each.clock, each.state, used)), rep, now)
            for each in sorted(earlier, key=lambda each: each.id)
        )
        due_at = min((clock.due_at for clock in running), default=None)
        assignment = AssignmentView(id=self._new_id(), rep=rep.id, due_at=due_at)
        onward = _Onward(assignment=assignment, running=running, pools=pools)
        return self._store(connection, passing, onward)

    def to_queue(self, connection: Connection, passing: Passing, queue: str) -> Decision:
        """Put the contact into a queue, for whoever works it."""
        return self._store(connection, passing, _Onward(queue=queue))

    def _store(self, connection: Connection, passing: Passing, onward: _Onward) -> Decision:
        found, known = passing.assignment, passing.known
        cases = recognise(connection, [anew(known, passing.event_key, {})])
        before = decisions.newest(connection, found.contact_row)
        started = decisions.get(connection, found.decision_id)
        earned = started.routing.credits if started is not None else ()
        decision = replace(
            before,
            id=self._new_id(),
            contact=known.contact,
            normalized=cases[0].normalized,
            occurred_at=known.occurred_at,
            event_key=passing.event_key,
            event_digest="",
            facts=replace(before.facts, holder=_holder(found)),
            routing=_handed_over(before.routing, earned, passing, onward),
            assignment=onward.assignment,
            at=passing.now,
        )
        pools_before, pools_after = onward.pools
        batch = Batch(
            cases=tuple(cases),
            decisions=(decision,),
            policy=self._flow.policy(connection),
            pools_before=pools_before,
            pools_after=pools_after,
        )
        write(connection, batch, passing.now)
        return decision


def _holder(found: Assignment) -> Holder:
    """Who had the contact, as the facts of the decision say it."""
    return Holder(
        assignment_id=found.id,
        rep=found.rep,
        pool=found.pool,
        since=found.assigned_at,
        due_at=found.due_at,
    )


def _handed_over(
    before: RoutingDecision, earned: tuple[Credit, ...], passing: Passing, onward: _Onward
) -> RoutingDecision:
    """The decision before, as a person changed it.

    ``earned`` is the credit of the assignment that ends; it goes along to the new rep.
    """
    held_by = passing.assignment.rep
    assignee = onward.assignment.rep if onward.assignment else None
    return replace(
        before,
        outcome=RoutingOutcome.QUEUED if assignee is None else RoutingOutcome.ASSIGNED,
        rule=None,
        assignee=assignee,
        pool=None,
        queue=onward.queue,
        code=None,
        until=None,
        kept=False,
        move=None,
        clocks=onward.running,
        notify=(held_by,),
        hand=passing.hand,
        credits=passed_on(earned, held_by, assignee),
    )


def _used(clock: Clock, state: State, used: Mapping[str, int]) -> int:
    """The minutes that count already: none where the clock restarts, or where what it waited for was done."""
    carries_on = clock.terms.transfer is Transfer.CARRY_ON and state is not State.MET
    return min(used.get(clock.name, 0), clock.minutes) if carries_on else 0
