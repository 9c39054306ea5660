"""Sessions of the console: rows <-> values. The row, not the cookie, says whether one goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from service.db.tables import session as table

_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A session that has not been ended: whose it is (one of both), since when, and when last used."""

    person: str | None
    api_key: str | None
    begun_at: datetime
    seen_at: datetime


def begin(
    connection: Connection, session_id: str, *, person: str | None, api_key: str | None, now: datetime
) -> None:
    """Store a new session."""
    row = {"id": session_id, "person": person, "api_key": api_key, "begun_at": now, "seen_at": now}
    connection.execute(insert(table).values(row))


def find(connection: Connection, session_id: str) -> Row | None:
    """The session with this id, unless it was ended."""
    query = select(table).where(table.c.id == session_id, table.c.ended_at.is_(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Row(person=row.person, api_key=row.api_key, begun_at=row.begun_at, seen_at=row.seen_at)


def touch(connection: Connection, session_id: str, now: datetime) -> None:
    """Note that the session was used."""
    connection.execute(update(table).where(table.c.id == session_id).values(seen_at=now))


def end(connection: Connection, session_id: str, now: datetime) -> None:
    """End a session. Again: no change."""
    mine = update(table).where(table.c.id == session_id, table.c.ended_at.is_(None))
    connection.execute(mine.values(ended_at=now))


def end_of(connection: Connection, person: str, now: datetime) -> int:
    """End every session of a person; how many there were."""
    theirs = update(table).where(table.c.person == person, table.c.ended_at.is_(None))
    return connection.execute(theirs.values(ended_at=now)).rowcount


def forget(connection: Connection, now: datetime) -> None:
    """Delete the sessions that nobody has used for a week."""
    connection.execute(delete(table).where(table.c.seen_at < now - _KEPT))
