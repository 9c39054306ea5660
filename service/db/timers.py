"""Timers: what is to happen at a time, once.

A worker claims rows by moving their ``next_at`` to the end of its claim, in a
transaction of its own, as with the inbox. It fires one in the transaction of what
that does: the row is locked, looked at again and marked, so a timer that two
workers have claimed, or that is claimed again after a crash, has its effect once.
What a timer is about may move it or cancel it until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db.tables import timer as table

_OPEN = (table.c.fired_at.is_(None), table.c.cancelled_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A timer to set: ``kind`` says what it does, ``subject`` what it is about, ``ordinal`` which one."""

    kind: str
    subject: str
    due_at: datetime
    ordinal: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A timer that is set. ``attempts`` counts the claims so far."""

    id: int
    kind: str
    subject: str
    ordinal: int
    due_at: datetime
    attempts: int
    fired_at: datetime | None
    outcome: str | None


def put(connection: Connection, wanted: Sequence[Wanted]) -> None:
    """Set timers, or move those that are set and have not fired. One that has fired stays as it is."""
    if not wanted:
        return
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(table)
    moved = fresh.on_conflict_do_update(
        index_elements=["kind", "subject", "ordinal"],
        set_={
            "due_at": fresh.excluded.due_at,
            "next_at": fresh.excluded.due_at,
            "attempts": 0,
            "cancelled_at": None,
            "problem": None,
        },
        where=table.c.fired_at.is_(None),
    )
    rows = sorted(wanted, key=lambda each: (each.kind, each.subject, each.ordinal))
    connection.execute(
        moved,
        [
            {
                "kind": each.kind,
                "subject": each.subject,
                "ordinal": each.ordinal,
                "due_at": each.due_at,
                "next_at": each.due_at,
                "attempts": 0,
            }
            for each in rows
        ],
    )


def cancel(connection: Connection, subjects: Sequence[str], now: datetime) -> None:
    """Cancel every timer about these subjects that has not fired."""
    if subjects:
        connection.execute(
            update(table).where(table.c.subject.in_(sorted(subjects)), *_OPEN).values(cancelled_at=now)
        )


def claim(connection: Connection, now: datetime, until: datetime, limit: int) -> list[Timer]:
    """Claim up to ``limit`` timers that are due, the longest overdue first, until ``until``."""
    due = (
        select(table)
        .where(table.c.next_at <= now, *_OPEN)
        .order_by(table.c.next_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    if rows:
        claimed = update(table).where(table.c.id.in_([row.id for row in rows]))
        connection.execute(claimed.values(attempts=table.c.attempts + 1, next_at=until))
    return [_timer(row) for row in rows]


def take(connection: Connection, row: int, now: datetime) -> Timer | None:
    """Lock a timer to fire it; None when it has fired, was cancelled or was moved beyond ``now``."""
    query = select(table).where(table.c.id == row, table.c.due_at <= now, *_OPEN).with_for_update()
    found = connection.execute(query).first()
    return None if found is None else _timer(found)


def mark_fired(connection: Connection, row: int, outcome: str, now: datetime) -> None:
    """Note that a timer that was taken has done what it was for."""
    fired = update(table).where(table.c.id == row)
    connection.execute(fired.values(fired_at=now, outcome=outcome[:64], problem=None))


def postpone(connection: Connection, row: int, at: datetime, problem: str) -> None:
    """Try a timer that could not fire again at ``at``."""
    failed = update(table).where(table.c.id == row, *_OPEN)
    connection.execute(failed.values(next_at=at, problem=problem[:500]))


def end_claims(connection: Connection, now: datetime) -> None:
    """Make due at once what was claimed, for when nobody can be working on it."""
    claimed = update(table).where(table.c.next_at > now, table.c.due_at <= now, *_OPEN)
    connection.execute(claimed.values(next_at=now))


def of(connection: Connection, subjects: Sequence[str]) -> list[Timer]:
    """The timers about these subjects, by their due times."""
    query = select(table).where(table.c.subject.in_(sorted(subjects))).order_by(table.c.due_at, table.c.id)
    return [_timer(row) for row in connection.execute(query)] if subjects else []


def oldest_due(connection: Connection, now: datetime) -> datetime | None:
    """Since when the longest overdue timer has been due; None when none is."""
    return connection.execute(select(func.min(table.c.due_at)).where(table.c.due_at <= now, *_OPEN)).scalar()


def _timer(row: Row[Any]) -> Timer:
    return Timer(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        ordinal=row.ordinal,
        due_at=row.due_at,
        attempts=row.attempts,
        fired_at=row.fired_at,
        outcome=row.outcome,
    )
