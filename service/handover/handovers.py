"""Hand-overs planned, applied, returned and undone, item by item, by whoever is alive.

A plan changes nothing. Applying looks at the world again: when it is not what
the plan saw, nothing is done and the answer says what has changed. Then a few
items at a time are a transaction with their marks, so a process that dies leaves
a hand-over that the next worker finds and goes on with, and no item is done twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from service.db import handovers
from service.db.engine import Database
from service.delivery import outbox
from service.delivery.outbox import EventType
from service.desk.desk import Desk
from service.flow.flow import Flow
from service.handover.parts.part import Doing
from service.handover.parts.register import PARTS
from service.handover.plan import (
    Action,
    Handover,
    Item,
    ItemKind,
    ItemState,
    Skipped,
    State,
    changes,
    digest,
    digest_of,
)
from service.handover.planning import planned
from service.handover.request import HandoverRequest
from service.problems import Conflict, FieldError, NotFound, Stale

AT_ONCE = 200
"""Items that a call carries out before it leaves the rest to the worker."""

TOGETHER = 50
"""Items of one transaction: few enough that nobody waits long for what it has locked."""

_SHOWN = 50
_DONE: dict[State, tuple[State, tuple[ItemState, ...]]] = {
    State.APPLYING: (State.APPLIED, (ItemState.PLANNED,)),
    State.UNDOING: (State.UNDONE, (ItemState.DONE,)),
    State.RETURNING: (State.RETURNED, (ItemState.DONE,)),
}
"""While at work: what it is afterwards, and the items that are still to be done."""


class Handovers:
    """Plans and carries out hand-overs. Safe to share between threads and to repeat."""

    def __init__(
        self,
        database: Database,
        flow: Flow,
        desk: Desk,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._flow = flow
        self._desk = desk
        self._clock = clock
        self._new_id = new_id

    def plan(self, request: HandoverRequest, by: str) -> Handover:
        """Store what would pass, and to whom; nothing else changes. Raises Invalid."""
        return self._database.transact(partial(self._plan, request, by))

    def apply(self, handover_id: str, by: str, revision: frozenset[str] | None = None) -> Handover:
        """Do what was planned, if the world is as it was then; again: go on, or nothing.

        ``revision`` has the digests that the caller has read. Raises NotFound,
        Stale with what has changed, Conflict when it was undone.
        """
        self._database.transact(partial(self._begin, handover_id, by, revision))
        self.carry_on(handover_id, AT_ONCE)
        return self.get(handover_id)

    def undo(self, handover_id: str, by: str) -> Handover:
        """Put everything back, if nobody has touched any of it; again: go on, or nothing.

        Raises NotFound, Conflict with what was touched.
        """
        self._database.transact(partial(self._begin_undo, handover_id, by))
        self.carry_on(handover_id, AT_ONCE)
        return self.get(handover_id)

    def get(self, handover_id: str) -> Handover:
        """One hand-over. Raises NotFound."""
        with self._database.read() as connection:
            return _found(handovers.get(connection, handover_id))

    def carry_on(self, handover_id: str, limit: int | None = None) -> bool:
        """Do up to ``limit`` items of a hand-over at work; whether all are done.

        Does nothing while another has it.
        """
        lease = self._database.transact(partial(handovers.claim, handover_id=handover_id, now=self._clock()))
        left = limit
        while lease is not None and (left is None or left > 0):
            number = TOGETHER if left is None else min(TOGETHER, left)
            lease = self._database.transact(partial(self._next, handover_id, lease, number))
            left = None if left is None else left - number
        if lease is not None:
            self._database.transact(partial(_release, handover_id))
        return self.get(handover_id).state not in handovers.AT_WORK

    def run(self) -> bool:
        """For the worker: bring back ended leaves, go on with what is left; whether there was any."""
        now = self._clock()
        with self._database.read() as connection:
            ended = handovers.ended_leaves(connection, now)
        for handover_id in ended:
            self._database.transact(partial(self._begin_return, handover_id))
        with self._database.read() as connection:
            waiting = handovers.left_alone(connection, now)
        for handover_id in waiting:
            self.carry_on(handover_id)
        return bool(waiting)

    def _plan(self, request: HandoverRequest, by: str, connection: Connection) -> Handover:
        now = self._clock()
        drafts = planned(connection, request, now)
        made = Handover(
            id=self._new_id(),
            state=State.PLANNED,
            request=request,
            digest=digest(drafts),
            made_by=by,
            made_at=now,
            returns_at=request.until if request.return_assignments else None,
        )
        handovers.add(connection, made, drafts)
        return made

    def _begin(
        self, handover_id: str, by: str, revision: frozenset[str] | None, connection: Connection
    ) -> None:
        found = _found(handovers.get(connection, handover_id, lock=True))
        if found.state in (State.APPLYING, State.APPLIED, State.RETURNING, State.RETURNED):
            return
        if found.state is not State.PLANNED:
            raise Conflict("The hand-over was undone; plan it again")
        if revision is not None and found.digest not in revision:
            raise Stale("The plan is not the one that you looked at; look at it again")
        now = self._clock()
        fresh = planned(connection, found.request, now)
        if digest(fresh) != found.digest:
            drafts = [item.draft for item in _all(connection, handover_id, (ItemState.PLANNED,))]
            raise _moved(changes(drafts, fresh))
        handovers.change(
            connection, handover_id, state=State.APPLYING, applied_by=by, applied_at=now, lease_until=None
        )

    def _begin_undo(self, handover_id: str, by: str, connection: Connection) -> None:
        found = _found(handovers.get(connection, handover_id, lock=True))
        if found.state in (State.UNDOING, State.UNDONE):
            return
        if found.state is not State.APPLIED:
            raise Conflict(f"Only what is applied can be undone; this is {found.state}")
        items = _all(connection, handover_id, (ItemState.DONE,))
        touched = [item for item in items if PARTS[item.draft.kind].touched(connection, item)]
        if touched:
            errors = [FieldError(detail=f"{_name(item)} has been changed since") for item in touched[:_SHOWN]]
            raise Conflict(f"{len(touched)} things were touched since; hand over anew instead", errors=errors)
        now = self._clock()
        handovers.change(
            connection, handover_id, state=State.UNDOING, undone_by=by, undone_at=now, lease_until=None
        )

    def _begin_return(self, handover_id: str, connection: Connection) -> None:
        found = _found(handovers.get(connection, handover_id, lock=True))
        if found.state is State.APPLIED:
            handovers.change(connection, handover_id, state=State.RETURNING, lease_until=None)

    def _next(
        self, handover_id: str, lease: datetime, number: int, connection: Connection
    ) -> datetime | None:
        """Do the next items; the new lease, or None at the end and when another has the hand-over."""
        now = self._clock()
        longer = handovers.renew(connection, handover_id, lease, now)
        if longer is None:
            return None
        found = _found(handovers.get(connection, handover_id))
        after, states = _DONE[found.state]
        items = handovers.in_state(connection, handover_id, states, limit=number)
        if items:
            self._do(connection, found, items, now)
            return longer
        self._end(connection, found, after, now)
        return None

    def _do(self, connection: Connection, found: Handover, items: Sequence[Item], now: datetime) -> None:
        by = (found.undone_by if found.state is State.UNDOING else found.applied_by) or found.made_by
        doing = Doing(
            handover_id=found.id, request=found.request, flow=self._flow, desk=self._desk, by=by, now=now
        )
        step = {State.APPLYING: _apply, State.UNDOING: _undo, State.RETURNING: _return}[found.state]
        for item in items:
            step(connection, item, doing)

    def _end(self, connection: Connection, found: Handover, after: State, now: datetime) -> None:
        handovers.change(connection, found.id, state=after, ended_at=now, lease_until=None)
        items = _all(connection, found.id, tuple(ItemState))
        outbox.announce(connection, _ANNOUNCED[after], found.id, _summary(found, items, after), now)


_ANNOUNCED = {
    State.APPLIED: EventType.HANDOVER_APPLIED,
    State.UNDONE: EventType.HANDOVER_UNDONE,
    State.RETURNED: EventType.HANDOVER_RETURNED,
}


def _apply(connection: Connection, item: Item, doing: Doing) -> None:
    part = PARTS[item.draft.kind]
    if item.draft.action is Action.KEEP:
        handovers.settle(connection, item.row, ItemState.SKIPPED, note="it stays")
        return
    before = part.look(connection, item.draft)
    try:
        if digest_of(before) != item.draft.seen:
            raise Skipped("it has changed since the plan")
        after = part.do(connection, item.draft, doing)
    except Skipped as skipped:
        handovers.settle(connection, item.row, ItemState.SKIPPED, note=str(skipped))
        return
    handovers.settle(connection, item.row, ItemState.DONE, before=before, after=after)


def _undo(connection: Connection, item: Item, doing: Doing) -> None:
    part = PARTS[item.draft.kind]
    if part.touched(connection, item):
        handovers.settle(connection, item.row, ItemState.SKIPPED, note="it was touched; it stays")
        return
    part.undo(connection, item, doing)
    handovers.settle(connection, item.row, ItemState.UNDONE)


def _return(connection: Connection, item: Item, doing: Doing) -> None:
    """Bring back an assignment that nobody touched; all else of a leave ends by itself."""
    part = PARTS[item.draft.kind]
    if item.draft.kind is ItemKind.ASSIGNMENT and not part.touched(connection, item):
        part.undo(connection, item, doing)
    handovers.settle(connection, item.row, ItemState.RETURNED)


def _release(handover_id: str, connection: Connection) -> None:
    handovers.change(connection, handover_id, lease_until=None)


def _all(connection: Connection, handover_id: str, states: tuple[ItemState, ...]) -> list[Item]:
    return handovers.in_state(connection, handover_id, states, limit=1_000_000)


def _found(found: Handover | None) -> Handover:
    if found is None:
        raise NotFound("There is no hand-over with this id")
    return found


def _moved(lines: list[str]) -> Stale:
    errors = [FieldError(detail=line) for line in lines[:_SHOWN]]
    more = f", and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return Stale(f"{len(lines)} things have changed since the plan{more}; plan it again", errors=errors)


def _name(item: Item) -> str:
    return f"{item.draft.kind} {item.draft.ref}" + (f" ({item.draft.role})" if item.draft.role else "")


def _summary(found: Handover, items: list[Item], after: State) -> dict[str, Any]:
    """What those concerned are told: who went, and for each receiver how much of what came to them."""
    passed = {
        State.APPLIED: ItemState.DONE,
        State.UNDONE: ItemState.UNDONE,
        State.RETURNED: ItemState.RETURNED,
    }
    per_rep: dict[str, Counter[str]] = {}
    for item in items:
        to = _receiver(item)
        if item.state is passed[after] and to is not None:
            per_rep.setdefault(to, Counter())[item.draft.kind] += 1
    return {
        "handover_id": found.id,
        "rep": found.request.rep,
        "kind": found.request.kind.value,
        "reason": found.request.reason,
        "until": outbox.stamp(found.request.until) if found.request.until else None,
        "by": found.undone_by if after is State.UNDONE else found.applied_by,
        "receivers": [{"rep": rep, **counted} for rep, counted in sorted(per_rep.items())],
        "skipped": sum(
            item.state is ItemState.SKIPPED and item.draft.action is not Action.KEEP for item in items
        ),
    }


def _receiver(item: Item) -> str | None:
    if item.draft.kind is ItemKind.POOL:
        return None
    if item.draft.kind is ItemKind.ASSIGNMENT and item.after is not None:
        return item.after["rep"] or None
    return item.draft.to
