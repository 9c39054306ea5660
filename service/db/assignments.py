"""Assignments: whose a contact is to act on, with a clock. At most one is active for a contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, or_, select, update

from routing.types.people import RepId
from routing.types.pools import PoolName
from service.db import clocks
from service.db.decisions import Position
from service.db.tables import assignment as table
from service.db.tables import contact


class Status(StrEnum):
    """The life of an assignment. All but the first two end it."""

    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    REJECTED = "rejected"  # by the rep, with a reason
    RETURNED = "returned"  # by the rep who had begun with it, with a reason
    EXPIRED = "expired"  # taken away because a clock ran out
    REASSIGNED = "reassigned"  # another rep has the contact now
    WITHDRAWN = "withdrawn"  # a later decision gave the contact to nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One contact in the hands of one rep."""

    id: str
    contact_row: int
    decision_id: str
    rep: RepId
    pool: PoolName | None
    turn: int | None  # the turn of the pool it was drawn with
    status: Status
    reason: str | None
    due_at: datetime | None
    assigned_at: datetime
    accepted_at: datetime | None
    touched_at: datetime | None = None  # the rep's first outbound activity with the contact
    touched_by: str | None = None  # the activity, or who said so
    covers: RepId | None = None  # the absent rep for whom this one stands in
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an assignment ends. ``by`` is who ended it: a caller's name, or the decision that did."""

    id: str
    status: Status
    reason: str | None
    by: str


def get(connection: Connection, assignment_id: str, *, lock: bool = False) -> Assignment | None:
    """One assignment, or None; with ``lock`` nobody else changes it before this transaction ends."""
    query = select(table).where(table.c.id == assignment_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _assignment(row)


def active(connection: Connection, contact_rows: Sequence[int]) -> dict[int, Assignment]:
    """The active assignment of each contact that has one, by contact row."""
    query = select(table).where(table.c.contact_id.in_(contact_rows), table.c.ended_at.is_(None))
    return {row.contact_id: _assignment(row) for row in connection.execute(query)}


def of_contact(connection: Connection, contact_row: int) -> list[Assignment]:
    """Every assignment that a contact had, the newest first."""
    query = select(table).where(table.c.contact_id == contact_row)
    return [
        _assignment(row) for row in connection.execute(query.order_by(table.c.assigned_at.desc(), table.c.id))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which assignments a reader wants; None leaves a field open. ``due_before``, ``until``: exclusive."""

    rep: str | None = None
    pool: str | None = None
    status: Status | None = None
    active: bool | None = None
    covers: str | None = None
    due_before: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None


def page(connection: Connection, wanted: Filter, after: Position | None, limit: int) -> list[Assignment]:
    """Up to ``limit`` assignments, the newest first, behind a place in the list."""
    same = {"rep": wanted.rep, "pool": wanted.pool, "status": wanted.status, "covers": wanted.covers}
    query = select(table).order_by(table.c.assigned_at.desc(), table.c.id.desc()).limit(limit)
    query = query.where(*(table.c[name] == value for name, value in same.items() if value is not None))
    if wanted.active is not None:
        query = query.where(table.c.ended_at.is_(None) if wanted.active else table.c.ended_at.is_not(None))
    if wanted.due_before is not None:
        query = query.where(table.c.due_at < wanted.due_before)
    if wanted.since is not None:
        query = query.where(table.c.assigned_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(table.c.assigned_at < wanted.until)
    if after is not None:
        at, place = table.c.assigned_at, table.c.id
        query = query.where(or_(at < after.at, and_(at == after.at, place < after.id)))
    return [_assignment(row) for row in connection.execute(query)]


def start(connection: Connection, assignments: Sequence[Assignment]) -> None:
    """Store new assignments. A contact that has an active one breaks the unique index."""
    if assignments:
        connection.execute(insert(table), [_row(assignment) for assignment in assignments])


def end(connection: Connection, endings: Sequence[Ending], now: datetime) -> None:
    """End assignments, each with its status and reason. One that has ended stays as it is."""
    if endings:
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("known_id"), table.c.ended_at.is_(None))
            .values(
                status=bindparam("new_status"),
                reason=bindparam("new_reason"),
                ended_by=bindparam("new_by"),
                ended_at=now,
            ),
            [
                {"known_id": e.id, "new_status": e.status, "new_reason": e.reason, "new_by": e.by}
                for e in endings
            ],
        )
        done = [each.id for each in endings if each.status is Status.COMPLETED]
        clocks.meet(connection, done, at=now)
        clocks.stop(connection, [each.id for each in endings], now)


def accept(connection: Connection, assignment_id: str, now: datetime) -> None:
    """Note that the rep took the contact on, which its acceptance clock waits for."""
    connection.execute(
        update(table).where(table.c.id == assignment_id).values(status=Status.ACCEPTED, accepted_at=now)
    )
    clocks.meet(connection, [assignment_id], [clocks.ACCEPTANCE], at=now)


def touch(connection: Connection, found: Assignment, at: datetime, by: str) -> None:
    """Note the rep's first activity with the contact, which accepts it too. The earliest known counts."""
    if found.touched_at is not None and found.touched_at <= at:
        return
    values: dict[str, Any] = {"touched_at": at, "touched_by": by[:300]}
    if found.accepted_at is None or found.accepted_at > at:
        values["accepted_at"] = at
    if found.status is Status.ASSIGNED:
        values["status"] = Status.ACCEPTED
    connection.execute(update(table).where(table.c.id == found.id).values(**values))
    clocks.meet(connection, [found.id], [clocks.ACCEPTANCE, clocks.FIRST_TOUCH], at=at)


def touchable(connection: Connection, contacts: Sequence[str]) -> dict[tuple[str, RepId], list[Assignment]]:
    """Every assignment of these contacts (external ids), by contact and rep."""
    query = (
        select(table, contact.c.external_id.label("person"))
        .join(contact, contact.c.id == table.c.contact_id)
        .where(contact.c.external_id.in_(sorted(set(contacts))))
    )
    found: dict[tuple[str, RepId], list[Assignment]] = {}
    for row in connection.execute(query) if contacts else ():
        found.setdefault((row.person, RepId(row.rep)), []).append(_assignment(row))
    return found


def expired_since_done(connection: Connection, contact_row: int) -> int:
    """How many reps in a row let a clock of this contact run out, since it was last completed."""
    query = (
        select(table.c.status).where(table.c.contact_id == contact_row).order_by(table.c.assigned_at.desc())
    )
    statuses = list(connection.execute(query).scalars())
    return sum(status == Status.EXPIRED for status in takewhile(lambda s: s != Status.COMPLETED, statuses))


def borrowed(connection: Connection, limit: int, after: str = "") -> list[Assignment]:
    """Active assignments of reps who stand in for another, in the order of their ids, behind ``after``."""
    query = (
        select(table)
        .where(table.c.covers.is_not(None), table.c.ended_at.is_(None), table.c.id > after)
        .order_by(table.c.id)
        .limit(limit)
    )
    return [_assignment(row) for row in connection.execute(query)]


def keep(connection: Connection, assignment_id: str) -> None:
    """Let an assignment stay with the rep who stood in for another: it is borrowed no longer."""
    connection.execute(update(table).where(table.c.id == assignment_id).values(covers=None))


def _assignment(row: Row[Any]) -> Assignment:
    return Assignment(
        id=row.id,
        contact_row=row.contact_id,
        decision_id=row.decision_id,
        rep=RepId(row.rep),
        pool=None if row.pool is None else PoolName(row.pool),
        turn=row.turn,
        status=Status(row.status),
        reason=row.reason,
        due_at=row.due_at,
        assigned_at=row.assigned_at,
        accepted_at=row.accepted_at,
        touched_at=row.touched_at,
        touched_by=row.touched_by,
        covers=None if row.covers is None else RepId(row.covers),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )


def _row(assignment: Assignment) -> dict[str, Any]:
    return {
        "id": assignment.id,
        "contact_id": assignment.contact_row,
        "decision_id": assignment.decision_id,
        "rep": assignment.rep,
        "pool": assignment.pool,
        "turn": assignment.turn,
        "status": assignment.status,
        "reason": assignment.reason,
        "due_at": assignment.due_at,
        "assigned_at": assignment.assigned_at,
        "accepted_at": assignment.accepted_at,
        "touched_at": assignment.touched_at,
        "touched_by": assignment.touched_by,
        "covers": assignment.covers,
        "ended_at": assignment.ended_at,
        "ended_by": assignment.ended_by,
    }
