"""Versions that are to go live at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from service.db.tables import rulebook_schedule as table


class State(StrEnum):
    """What became of a scheduled publication."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"  # when it was due it could not go live; the problems say why
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A version that is to go live ``at`` a time, which was said in ``zone``.

    ``base`` is the version it was looked at as a change of: when another one is
    live by then, it is refused. ``problems`` are sentences.
    """

    id: int
    version: str
    base: str | None
    at: datetime
    zone: str
    author: str
    reason: str | None
    created_at: datetime
    state: State
    settled_at: datetime | None = None
    settled_by: str | None = None
    problems: Sequence[str] = ()
    publication_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A schedule about to be stored."""

    version: str
    base: str | None
    at: datetime
    zone: str
    author: str
    reason: str | None


def add(connection: Connection, wanted: Wanted, now: datetime) -> Schedule:
    """Store a schedule, which waits from now on."""
    values = {
        "version": wanted.version,
        "base": wanted.base,
        "at": wanted.at,
        "zone": wanted.zone,
        "author": wanted.author,
        "reason": wanted.reason,
        "created_at": now,
        "state": State.WAITING,
    }
    return _schedule(connection.execute(insert(table).values(**values).returning(table)).one())


def get(connection: Connection, schedule_id: int) -> Schedule | None:
    """One schedule, or None."""
    row = connection.execute(select(table).where(table.c.id == schedule_id)).first()
    return None if row is None else _schedule(row)


def waiting(connection: Connection, *, due: datetime | None = None) -> list[Schedule]:
    """The schedules that wait, the first to come first; with ``due`` those whose time has come by then."""
    query = select(table).where(table.c.state == State.WAITING).order_by(table.c.at, table.c.id)
    if due is not None:
        query = query.where(table.c.at <= due)
    return [_schedule(row) for row in connection.execute(query)]


def page(connection: Connection, *, before: int | None, limit: int) -> list[Schedule]:
    """Up to ``limit`` schedules, the newest first; with ``before`` those older than that id."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    return [_schedule(row) for row in connection.execute(query)]


def settle(
    connection: Connection,
    schedule_id: int,
    state: State,
    *,
    by: str,
    at: datetime,
    problems: Sequence[str] = (),
    publication_id: int | None = None,
) -> bool:
    """Note what became of a schedule; False, and no change, when it does not wait any more."""
    values = {
        "state": state,
        "settled_by": by,
        "settled_at": at,
        "problems": list(problems) or None,
        "publication_id": publication_id,
    }
    waits = (table.c.id == schedule_id, table.c.state == State.WAITING)
    return connection.execute(update(table).where(*waits).values(**values)).rowcount == 1


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        id=row.id,
        version=row.version,
        base=row.base,
        at=row.at,
        zone=row.zone,
        author=row.author,
        reason=row.reason,
        created_at=row.created_at,
        state=State(row.state),
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        problems=tuple(row.problems or ()),
        publication_id=row.publication_id,
    )
