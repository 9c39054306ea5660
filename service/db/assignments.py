"""Assignments: whose a contact is to act on, with a clock. At most one is active for a contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from routing.types import PoolName, RepId
from service.db.tables import assignment as table


class Status(StrEnum):
    """The life of an assignment. The last four end it."""

    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    REJECTED = "rejected"  # by the rep, with a reason
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


def start(connection: Connection, assignments: Sequence[Assignment]) -> None:
    """Store new assignments. A contact that has an active one breaks the unique index."""
    if assignments:
        connection.execute(insert(table), [_row(assignment) for assignment in assignments])


def end(connection: Connection, endings: Sequence[Ending], now: datetime) -> None:
    """End assignments, each with its status and reason."""
    if endings:
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("known_id"))
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


def accept(connection: Connection, assignment_id: str, now: datetime) -> None:
    """Note that the rep took the contact on."""
    connection.execute(
        update(table).where(table.c.id == assignment_id).values(status=Status.ACCEPTED, accepted_at=now)
    )


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
        "ended_at": assignment.ended_at,
        "ended_by": assignment.ended_by,
    }
