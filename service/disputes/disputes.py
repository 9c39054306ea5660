"""Disputes: a rep claims a contact; the two settle it, or their managers, or revenue operations.

Each level has its time. A timer takes the dispute to the next level, once,
whichever process fires it. What is decided is recorded with the dispute, told
to both, and carried out in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from routing.types.decision import Credit
from routing.types.people import Rep, RepId
from service.clocks import work
from service.db import assignments, clocks, credit, decisions, disputes, reps, timers
from service.db.assignments import Assignment
from service.db.contacts import Known
from service.db.disputes import TIMER, Dispute, Level, Resolution, Step, Taken
from service.db.engine import Database
from service.db.timers import Timer, Wanted
from service.decision import Decision
from service.delivery import outbox
from service.delivery.outbox import EventType
from service.desk.desk import Desk
from service.disputes.evidence import gathered
from service.flow.anew import locked
from service.problems import Conflict, FieldError, Invalid, NotFound

_NEXT = {Level.PEERS: Level.MANAGERS, Level.MANAGERS: Level.REVOPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What is claimed: that the contact of a decision is somebody's. ``hours`` is each level's time."""

    decision_id: str
    claimant: RepId
    reason: str
    hours: int
    freeze: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How it is settled: who has the contact (of a reassignment; the claimant unless said), whose credit."""

    resolution: Resolution
    to: RepId | None
    credits: tuple[Credit, ...]
    note: str


class Disputes:
    """Opens, escalates and settles disputes. Safe to share between threads and to repeat."""

    def __init__(
        self, database: Database, desk: Desk, *, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._new_id = new_id

    def open(self, claimed: Claimed, by: str) -> Dispute:
        """Open a dispute with its evidence. Raises NotFound, Conflict when one is open, Invalid."""
        return self._database.transact(partial(self._open, claimed, by))

    def resolve(self, dispute_id: str, settled: Settled, by: str) -> Dispute:
        """Settle a dispute and carry it out; again: no change. Raises NotFound, Conflict, Invalid."""
        return self._database.transact(partial(self._resolve, dispute_id, settled, by))

    @property
    def handlers(self) -> Mapping[str, Callable[[Connection, Timer, datetime], None]]:
        """What the timers of disputes do."""
        return {TIMER: self._escalate}

    def _open(self, claimed: Claimed, by: str, connection: Connection) -> Dispute:
        about = decisions.get(connection, claimed.decision_id)
        if about is None:
            raise NotFound("No decision has this id")
        known = locked(connection, decisions.contact_row(connection, claimed.decision_id))
        running = disputes.open_about(connection, known.row)
        if running is not None and (running.claimant, running.reason) == (claimed.claimant, claimed.reason):
            return running
        if running is not None:
            raise Conflict(f"A dispute about this contact is open: {running.id}")
        now = self._clock()
        active = assignments.active(connection, [known.row]).get(known.row)
        people = self._parties(connection, claimed, active)
        opened = self._made(connection, claimed, by, about, known, active, now)
        disputes.add(connection, opened)
        if opened.frozen and active is not None:
            _freeze(connection, active, opened.id, now)
        _go_to(connection, opened, Level.PEERS, Step.OPENED, people, claimed.hours, by, now)
        return _found(disputes.get(connection, opened.id))

    def _parties(
        self, connection: Connection, claimed: Claimed, active: Assignment | None
    ) -> dict[RepId, Rep]:
        names = {claimed.claimant} | ({active.rep} if active else set())
        people = reps.around(connection, names)
        if claimed.claimant not in people or not people[claimed.claimant].active:
            raise _wrong("claimant", "names no active rep; see /v1/reps")
        if active is not None and active.rep == claimed.claimant:
            raise Conflict("The rep has the contact already")
        return people

    def _made(
        self,
        connection: Connection,
        claimed: Claimed,
        by: str,
        about: Decision,
        known: Known,
        active: Assignment | None,
        now: datetime,
    ) -> Dispute:
        return Dispute(
            id=self._new_id(),
            contact_row=known.row,
            decision_id=about.id,
            assignment_id=active.id if active else None,
            claimant=claimed.claimant,
            holder=active.rep if active else None,
            reason=claimed.reason,
            evidence=gathered(connection, known, about, now) | {"hours": claimed.hours},
            level=Level.PEERS,
            due_at=None,
            frozen=claimed.freeze and active is not None,
            opened_by=by,
            opened_at=now,
        )

    def _escalate(self, connection: Connection, timer: Timer, now: datetime) -> None:
        seen = _found(disputes.get(connection, timer.subject.removeprefix(_PREFIX)))
        locked(connection, seen.contact_row)
        found = _found(disputes.get(connection, seen.id, lock=True))
        if timers.take(connection, timer.id, now) is None:
            return
        level = _NEXT.get(found.level)
        if found.resolved_at is None and level is not None and timer.ordinal == _ordinal(found.level):
            names = {found.claimant} | ({found.holder} if found.holder else set())
            people = reps.around(connection, names)
            if level is Level.MANAGERS and not _asked(found, level, people):
                level = Level.REVOPS
            hours = int(found.evidence["hours"])
            _go_to(connection, found, level, Step.ESCALATED, people, hours, "clock", now)
            timers.mark_fired(connection, timer.id, level, now)
        else:
            timers.mark_fired(connection, timer.id, "settled", now)

    def _resolve(self, dispute_id: str, settled: Settled, by: str, connection: Connection) -> Dispute:
        seen = _found(disputes.get(connection, dispute_id))
        known = locked(connection, seen.contact_row)
        found = _found(disputes.get(connection, dispute_id, lock=True))
        if found.resolved_at is not None:
            if (found.resolution, found.note) == (settled.resolution, settled.note):
                return found
            raise Conflict(f"The dispute was settled by {found.resolved_by}: {found.resolution}")
        _check(settled)
        now = self._clock()
        if found.frozen and found.assignment_id is not None:
            _thaw(connection, found.assignment_id, now)
        decision = self._carry_out(connection, found, known, settled, by)
        if settled.credits:
            cause = decision or found.decision_id
            credit.award(connection, known.row, settled.credits, cause, found.id, now)
        outcome = {
            "decision": decision,
            "credits": [
                {"kind": each.kind, "rep": each.rep, "share": each.share} for each in settled.credits
            ],
        }
        disputes.change(
            connection,
            found.id,
            resolution=settled.resolution,
            resolved_by=by,
            resolved_at=now,
            due_at=None,
            note=settled.note,
            outcome=outcome,
        )
        timers.cancel(connection, [_PREFIX + found.id], now)
        taken = Taken(step=Step.RESOLVED, level=found.level, asked=(), by=by, at=now)
        disputes.take_step(connection, found.id, taken)
        done = _found(disputes.get(connection, found.id))
        _tell(connection, EventType.DISPUTE_RESOLVED, done, _parties_of(done), now)
        return done

    def _carry_out(
        self, connection: Connection, found: Dispute, known: Known, settled: Settled, by: str
    ) -> str | None:
        """Reassign the contact where that was decided; the decision's id."""
        to = settled.to or (found.claimant if settled.resolution is Resolution.REASSIGN else None)
        if to is None:
            return None
        active = assignments.active(connection, [known.row]).get(known.row)
        if active is None:
            raise Conflict("Nobody has the contact now; settle it as keep, or split the credit")
        if active.rep == to:
            return None
        reason = f"dispute {found.id}: {settled.note}"[:500]
        return self._desk.reassign_in(connection, active.id, to, reason, by).id


_PREFIX = "dispute:"


def _ordinal(level: Level) -> int:
    return list(Level).index(level)


def _go_to(
    connection: Connection,
    found: Dispute,
    level: Level,
    step: Step,
    people: Mapping[RepId, Rep],
    hours: int,
    by: str,
    now: datetime,
) -> None:
    """Put a dispute on a level, with its time, and tell those who are to settle it."""
    asked = _asked(found, level, people)
    due_at = now + timedelta(hours=hours) if level in _NEXT else None
    disputes.change(connection, found.id, level=level, due_at=due_at)
    disputes.take_step(connection, found.id, Taken(step=step, level=level, asked=asked, by=by, at=now))
    if due_at is not None:
        wanted = Wanted(kind=TIMER, subject=_PREFIX + found.id, due_at=due_at, ordinal=_ordinal(level))
        timers.put(connection, [wanted])
    event = EventType.DISPUTE_OPENED if step is Step.OPENED else EventType.DISPUTE_ESCALATED
    _tell(connection, event, _found(disputes.get(connection, found.id)), asked, now)


def _asked(found: Dispute, level: Level, people: Mapping[RepId, Rep]) -> tuple[RepId, ...]:
    """Who must settle it on a level. Revenue operations are no reps: the queue of disputes is theirs."""
    parties = _parties_of(found)
    if level is Level.PEERS:
        return parties
    managers = (people[party].manager for party in parties if party in people)
    return tuple(dict.fromkeys(each for each in managers if each)) if level is Level.MANAGERS else ()


def _parties_of(found: Dispute) -> tuple[RepId, ...]:
    return tuple(dict.fromkeys(each for each in (found.claimant, found.holder) if each is not None))


def _tell(
    connection: Connection, event: EventType, found: Dispute, notify: Sequence[RepId], now: datetime
) -> None:
    data: dict[str, Any] = {
        "dispute_id": found.id,
        "decision_id": found.decision_id,
        "claimant": found.claimant,
        "holder": found.holder,
        "reason": found.reason,
        "level": found.level.value,
        "due_at": outbox.stamp(found.due_at) if found.due_at else None,
        "resolution": found.resolution.value if found.resolution else None,
        "note": found.note,
        "outcome": found.outcome,
        "notify": list(notify),
    }
    subject = f"{found.id}_{_ordinal(found.level)}"
    outbox.announce(connection, event, subject, data, now, about=(found.contact_row, found.decision_id))


def _freeze(connection: Connection, active: Assignment, dispute_id: str, now: datetime) -> None:
    ticking = clocks.of(connection, [active.id]).get(active.id, [])
    rep = reps.by_id(connection, [active.rep]).get(active.rep) or Rep(id=active.rep, name=active.rep)
    clocks.pause(connection, ticking, rep, now, f"dispute {dispute_id}")


def _thaw(connection: Connection, assignment_id: str, now: datetime) -> None:
    found = assignments.get(connection, assignment_id, lock=True)
    if found is not None and found.ended_at is None:
        work.resume(connection, found, now)


def _check(settled: Settled) -> None:
    if settled.resolution is Resolution.SPLIT and not settled.credits:
        raise _wrong("credit", "must say whose credit it is, and which part")
    sums: dict[str, float] = {}
    for each in settled.credits:
        sums[each.kind] = sums.get(each.kind, 0) + each.share
    if any(total > 1 + 1e-9 for total in sums.values()):
        raise _wrong("credit", "must not give away more than 1 of any kind")


def _found(found: Dispute | None) -> Dispute:
    if found is None:
        raise NotFound("There is no dispute with this id")
    return found


def _wrong(field: str, detail: str) -> Invalid:
    return Invalid("The dispute is not valid", errors=[FieldError(pointer=f"#/{field}", detail=detail)])
