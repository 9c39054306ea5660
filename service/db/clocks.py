"""The clocks of assignments as they run: started, paused, met, missed, stopped; with their timers.

A clock counts what is left of its time from an anchor: the start of the
assignment, or the end of the last pause. So a change of the rep's hours or
absences moves the due time by counting anew from the same anchor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from routing.sla import counted_in, ends, passed, reminders
from routing.types.clocks import Clock, Transfer
from routing.types.people import Rep, RepId
from service.db import timers
from service.db.tables import assignment
from service.db.tables import assignment_clock as table
from service.db.timers import Wanted

ACCEPTANCE = "acceptance"
FIRST_TOUCH = "first_touch"

REMIND = "clock.remind"
DUE = "clock.due"
RESUME = "clock.resume"

_STORED: TypeAdapter[Clock] = TypeAdapter(Clock)


class State(StrEnum):
    """Where a clock is. One that ran out keeps running until something is done: it is overdue."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    STOPPED = "stopped"  # the contact left the rep before it was met


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticking:
    """A clock of an assignment. ``left`` is what is left of its time, counted from ``anchor_at``."""

    id: int
    assignment_id: str
    contact_row: int
    rep: RepId
    clock: Clock
    state: State
    anchor_at: datetime
    left: timedelta
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    pause_reason: str | None
    ended_at: datetime | None
    missed_at: datetime | None

    @property
    def name(self) -> str:
        """What has to be done, e.g. ``first_touch``."""
        return self.clock.name

    @property
    def subject(self) -> str:
        """What its timers are about."""
        return subject_of(self.id)


def subject_of(row: int) -> str:
    """The subject of the timers of a clock."""
    return f"clock:{row}"


def start(
    connection: Connection, started: Sequence[tuple[str, int, RepId, datetime, Sequence[Clock]]]
) -> None:
    """Start the clocks of new assignments: id, contact row, rep, since when, and the clocks."""
    rows = [
        {
            "assignment_id": assignment_id,
            "contact_id": contact_row,
            "rep": rep,
            "name": clock.name,
            "promise": _STORED.dump_python(clock, mode="json", exclude_defaults=True),
            "state": State.RUNNING,
            "anchor_at": at,
            "left_seconds": (clock.minutes - clock.used) * 60,
            "started_at": at,
            "due_at": clock.due_at,
        }
        for assignment_id, contact_row, rep, at, clocks in started
        for clock in clocks
    ]
    if not rows:
        return
    made = connection.execute(
        insert(table).returning(table.c.id, sort_by_parameter_order=True), rows
    ).scalars()
    ticking = [clock for *_, clocks in started for clock in clocks]
    timers.put(
        connection,
        [each for row, clock in zip(made, ticking, strict=True) for each in _timers(row, clock)],
    )


def _timers(row: int, clock: Clock) -> list[Wanted]:
    about = subject_of(row)
    before = clock.terms.remind[len(clock.terms.remind) - len(clock.remind_at) :]  # the first may be left out
    reminding = [
        Wanted(kind=REMIND, subject=about, due_at=at, ordinal=minutes)
        for minutes, at in zip(before, clock.remind_at, strict=True)
    ]
    return [*reminding, Wanted(kind=DUE, subject=about, due_at=clock.due_at)]


def of(connection: Connection, assignment_ids: Sequence[str]) -> dict[str, list[Ticking]]:
    """The clocks of assignments, by assignment, those due first before the others."""
    found: dict[str, list[Ticking]] = {}
    if assignment_ids:
        query = select(table).where(table.c.assignment_id.in_(sorted(set(assignment_ids))))
        for row in connection.execute(query.order_by(table.c.due_at, table.c.id)):
            found.setdefault(row.assignment_id, []).append(_ticking(row))
    return found


def get(connection: Connection, row: int, *, lock: bool = False) -> Ticking | None:
    """One clock, or None."""
    query = select(table).where(table.c.id == row)
    found = connection.execute(query.with_for_update() if lock else query).first()
    return None if found is None else _ticking(found)


def meet(
    connection: Connection, assignment_ids: Sequence[str], names: Sequence[str] | None = None, *, at: datetime
) -> None:
    """Note that what clocks wait for was done at ``at``: those of these names, or (None) all.

    One that was met later by another word is met at the earlier time.
    """
    if not assignment_ids:
        return
    chosen = [table.c.assignment_id.in_(assignment_ids)]
    if names is not None:
        chosen.append(table.c.name.in_(names))
    waiting = table.c.state.in_((State.RUNNING, State.PAUSED))
    later = (table.c.state == State.MET) & (table.c.ended_at > at)
    met = connection.execute(
        update(table)
        .where(*chosen, waiting | later)
        .values(state=State.MET, ended_at=at)
        .returning(table.c.id)
    ).scalars()
    timers.cancel(connection, [subject_of(row) for row in met], at)
    _keep_due(connection, assignment_ids)


def stop(connection: Connection, assignment_ids: Sequence[str], now: datetime) -> None:
    """Stop every clock of assignments that have ended."""
    if not assignment_ids:
        return
    running = (table.c.assignment_id.in_(assignment_ids), table.c.state.in_((State.RUNNING, State.PAUSED)))
    stopped = connection.execute(
        update(table).where(*running).values(state=State.STOPPED, ended_at=now).returning(table.c.id)
    ).scalars()
    timers.cancel(connection, [subject_of(row) for row in stopped], now)


def mark_missed(connection: Connection, row: int, now: datetime) -> None:
    """Note that the time of a clock is up and nothing was done."""
    connection.execute(update(table).where(table.c.id == row).values(missed_at=now))


def pause(
    connection: Connection, ticking: Sequence[Ticking], rep: Rep, now: datetime, reason: str
) -> list[Ticking]:
    """Pause clocks that run and are not overdue; those that were paused."""
    paused = []
    for each in ticking:
        if each.state is not State.RUNNING or each.missed_at is not None or each.due_at <= now:
            continue
        used = passed(each.clock.calendar, counted_in(each.clock, rep), each.anchor_at, now)
        left = max(each.left - used, timedelta())
        values = {
            "state": State.PAUSED,
            "left_seconds": int(left.total_seconds()),
            "paused_at": now,
            "pause_reason": reason,
        }
        connection.execute(update(table).where(table.c.id == each.id).values(**values))
        paused.append(each)
    timers.cancel(connection, [each.subject for each in paused], now)
    _keep_due(connection, [each.assignment_id for each in paused])
    return paused


def resume(connection: Connection, ticking: Sequence[Ticking], rep: Rep, now: datetime) -> None:
    """Let paused clocks run again, with what was left of their time."""
    for each in ticking:
        if each.state is State.PAUSED:
            _run(connection, replace(each, anchor_at=now), rep)
    _keep_due(connection, [each.assignment_id for each in ticking])


def recompute(connection: Connection, people: Mapping[RepId, Rep]) -> None:
    """Count the business time of these reps' clocks anew: their hours, holidays or absences have changed.

    A clock that has run out has run out; one that counts in a calendar of the rulebook is left alone.
    """
    query = select(table).where(
        table.c.state == State.RUNNING, table.c.missed_at.is_(None), table.c.rep.in_(sorted(people))
    )
    moved = set()
    for row in connection.execute(query.order_by(table.c.id)).all() if people else ():
        each = _ticking(row)
        own = each.clock.calendar == "business" and each.clock.terms.hours is None
        if own and ends(each.left, "business", people[each.rep], each.anchor_at) != each.due_at:
            _run(connection, each, people[each.rep])
            moved.add(each.assignment_id)
    _keep_due(connection, sorted(moved))


def _run(connection: Connection, each: Ticking, rep: Rep) -> None:
    """Let a clock run with what is left of its time from its anchor on."""
    who = counted_in(each.clock, rep)
    stood = each.anchor_at - each.paused_at if each.paused_at is not None else timedelta()
    clock = replace(
        each.clock,
        due_at=ends(each.left, each.clock.calendar, who, each.anchor_at),
        remind_at=reminders(each.clock.terms, each.clock.calendar, who, each.anchor_at, each.left),
    )
    connection.execute(
        update(table)
        .where(table.c.id == each.id)
        .values(
            state=State.RUNNING,
            anchor_at=each.anchor_at,
            due_at=clock.due_at,
            paused_at=None,
            pause_reason=None,
            paused_seconds=table.c.paused_seconds + int(stood.total_seconds()),
            promise=_STORED.dump_python(clock, mode="json", exclude_defaults=True),
        )
    )
    timers.put(connection, _timers(each.id, clock))


def _keep_due(connection: Connection, assignment_ids: Sequence[str]) -> None:
    """Let the assignments' own due times be those of the first clocks that still run, where one does."""
    for assignment_id in sorted(set(assignment_ids)):
        first = (
            select(func.min(table.c.due_at))
            .where(table.c.assignment_id == assignment_id, table.c.state == State.RUNNING)
            .scalar_subquery()
        )
        connection.execute(
            update(assignment)
            .where(assignment.c.id == assignment_id)
            .values(due_at=func.coalesce(first, assignment.c.due_at))
        )


def misses(connection: Connection, rep: RepId, since: datetime) -> int:
    """How many clocks the rep has let run out since then."""
    query = select(func.count()).where(table.c.rep == rep, table.c.missed_at >= since)
    return connection.execute(query).scalar_one()


def used(
    connection: Connection, contact_rows: Sequence[int], people: Mapping[RepId, Rep], now: datetime
) -> dict[int, dict[str, int]]:
    """The minutes that earlier reps had of clocks which carry on, by contact row and clock.

    Only of the contact's latest assignment, and only of clocks that were not met.
    """
    if not contact_rows:
        return {}
    newest = (
        select(table.c.contact_id, func.max(table.c.started_at).label("at"))
        .where(table.c.contact_id.in_(sorted(set(contact_rows))))
        .group_by(table.c.contact_id)
        .subquery()
    )
    query = select(table).join(
        newest, (newest.c.contact_id == table.c.contact_id) & (newest.c.at == table.c.started_at)
    )
    found: dict[int, dict[str, int]] = {}
    for row in connection.execute(query.where(table.c.state != State.MET)):
        each = _ticking(row)
        rep = people.get(each.rep)
        if each.clock.terms.transfer is Transfer.CARRY_ON and rep is not None:
            spent = timedelta(minutes=each.clock.minutes) - _left_at(each, rep, now)
            found.setdefault(each.contact_row, {})[each.name] = spent // timedelta(minutes=1)
    return found


def _left_at(each: Ticking, rep: Rep, now: datetime) -> timedelta:
    if each.state is State.PAUSED:
        return each.left
    gone = passed(each.clock.calendar, counted_in(each.clock, rep), each.anchor_at, each.ended_at or now)
    return max(each.left - gone, timedelta())


def reps_counted(connection: Connection) -> list[RepId]:
    """The reps whose clocks run."""
    query = select(table.c.rep).where(table.c.state == State.RUNNING, table.c.missed_at.is_(None)).distinct()
    return [RepId(rep) for rep in connection.execute(query.order_by(table.c.rep)).scalars()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which clocks a reader wants; None leaves a field open. ``due_before`` is exclusive."""

    state: State | None = None
    rep: RepId | None = None
    name: str | None = None
    missed: bool | None = None
    due_before: datetime | None = None


def page(connection: Connection, wanted: Filter, after: int, limit: int) -> list[Ticking]:
    """Up to ``limit`` clocks in the order they were started, from behind the row ``after``."""
    query: Select[Any] = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if wanted.state is not None:
        query = query.where(table.c.state == wanted.state)
    if wanted.rep is not None:
        query = query.where(table.c.rep == wanted.rep)
    if wanted.name is not None:
        query = query.where(table.c.name == wanted.name)
    if wanted.missed is not None:
        query = query.where(table.c.missed_at.is_not(None) if wanted.missed else table.c.missed_at.is_(None))
    if wanted.due_before is not None:
        query = query.where(table.c.due_at < wanted.due_before)
    return [_ticking(row) for row in connection.execute(query)]


def _ticking(row: Row[Any]) -> Ticking:
    return Ticking(
        id=row.id,
        assignment_id=row.assignment_id,
        contact_row=row.contact_id,
        rep=RepId(row.rep),
        clock=_STORED.validate_python(row.promise),
        state=State(row.state),
        anchor_at=row.anchor_at,
        left=timedelta(seconds=row.left_seconds),
        started_at=row.started_at,
        due_at=row.due_at,
        paused_at=row.paused_at,
        pause_reason=row.pause_reason,
        ended_at=row.ended_at,
        missed_at=row.missed_at,
    )
