"""Disputes between rows and values: who claims a contact that another has, and each step once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from routing.types.people import RepId
from service.db.tables import dispute as table
from service.db.tables import dispute_step as steps

TIMER = "dispute"
"""The kind of the timers that take disputes to the next level."""


class Level(StrEnum):
    """Who must settle it. Each level has its time; then it is the next one's."""

    PEERS = "peers"  # the two reps between themselves
    MANAGERS = "managers"  # their managers
    REVOPS = "revops"  # whoever runs the rules of engagement


class Resolution(StrEnum):
    """How a dispute ended."""

    KEEP = "keep"  # whoever has the contact keeps it
    REASSIGN = "reassign"  # another has it now
    SPLIT = "split"  # the credit is divided
    WITHDRAWN = "withdrawn"  # the claim was given up


class Step(StrEnum):
    """What happened."""

    OPENED = "opened"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step of a dispute. ``asked`` are the reps who were to settle it from then on."""

    step: Step
    level: Level
    asked: tuple[RepId, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A claim on a contact that another has, or had.

    ``evidence`` is what was known when it was opened. ``due_at`` is when it
    goes to the next level, None at the last. ``outcome`` has the decision that
    followed and the credit that was awarded.
    """

    id: str
    contact_row: int
    decision_id: str
    assignment_id: str | None
    claimant: RepId
    holder: RepId | None
    reason: str
    evidence: Any
    level: Level
    due_at: datetime | None
    frozen: bool
    opened_by: str
    opened_at: datetime
    resolution: Resolution | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    note: str | None = None
    outcome: Any = None


def add(connection: Connection, opened: Dispute) -> None:
    """Store a new dispute. One that is open about the same contact breaks the unique index."""
    values = {name: getattr(opened, name) for name in opened.__slots__ if name != "contact_row"}
    connection.execute(insert(table).values(contact_id=opened.contact_row, **values))


def take_step(connection: Connection, dispute_id: str, taken: Taken) -> None:
    """Note a step. One that was taken before breaks the unique key, and the transaction."""
    values = {
        "step": taken.step,
        "level": taken.level,
        "asked": list(taken.asked),
        "by": taken.by,
        "at": taken.at,
    }
    connection.execute(insert(steps).values(dispute_id=dispute_id, **values))


def change(connection: Connection, dispute_id: str, **values: Any) -> None:
    """Set columns of a dispute that this transaction has locked."""
    connection.execute(update(table).where(table.c.id == dispute_id).values(**values))


def get(connection: Connection, dispute_id: str, *, lock: bool = False) -> Dispute | None:
    """One dispute, or None; with ``lock`` nobody else changes it before this transaction ends."""
    query = select(table).where(table.c.id == dispute_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _dispute(row)


def open_about(connection: Connection, contact_row: int) -> Dispute | None:
    """The dispute that is open about a contact."""
    query = select(table).where(table.c.contact_id == contact_row, table.c.resolved_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else _dispute(row)


def about(connection: Connection, contact_row: int) -> list[Dispute]:
    """Every dispute about a contact, the newest first."""
    query = select(table).where(table.c.contact_id == contact_row)
    return [_dispute(row) for row in connection.execute(query.order_by(table.c.opened_at.desc(), table.c.id))]


def steps_of(connection: Connection, dispute_id: str) -> list[Taken]:
    """The steps of a dispute, in order."""
    query = select(steps).where(steps.c.dispute_id == dispute_id).order_by(steps.c.id)
    return [
        Taken(
            step=Step(row.step),
            level=Level(row.level),
            asked=tuple(RepId(rep) for rep in row.asked),
            by=row.by,
            at=row.at,
        )
        for row in connection.execute(query)
    ]


def newest(connection: Connection, *, open_only: bool, rep: str | None, limit: int) -> Sequence[Dispute]:
    """The newest disputes: the open ones or all, of one rep or of everybody."""
    query = select(table).order_by(table.c.opened_at.desc(), table.c.id.desc()).limit(limit)
    if open_only:
        query = query.where(table.c.resolved_at.is_(None))
    if rep is not None:
        query = query.where(or_(table.c.claimant == rep, table.c.holder == rep))
    return [_dispute(row) for row in connection.execute(query)]


def _dispute(row: Row[Any]) -> Dispute:
    return Dispute(
        id=row.id,
        contact_row=row.contact_id,
        decision_id=row.decision_id,
        assignment_id=row.assignment_id,
        claimant=RepId(row.claimant),
        holder=None if row.holder is None else RepId(row.holder),
        reason=row.reason,
        evidence=row.evidence,
        level=Level(row.level),
        due_at=row.due_at,
        frozen=row.frozen,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        resolution=None if row.resolution is None else Resolution(row.resolution),
        resolved_by=row.resolved_by,
        resolved_at=row.resolved_at,
        note=row.note,
        outcome=row.outcome,
    )
