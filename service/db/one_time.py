"""What works once and not for long: it is stored as a digest, and used at most once whoever races."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from service.db.tables import one_time as table

_KEPT = timedelta(days=1)


def make(
    connection: Connection, purpose: str, data: dict[str, Any], ends: datetime, person: str | None = None
) -> str:
    """What to hand out: 256 random bits as text."""
    text = secrets.token_urlsafe(32)
    row = {"id": _digest(text), "purpose": purpose, "person": person, "data": data, "expires_at": ends}
    connection.execute(insert(table).values(row))
    return text


def look(connection: Connection, purpose: str, text: str, now: datetime) -> tuple[str | None, Any] | None:
    """Whose it is and what was kept with it, while it works; it still does afterwards."""
    row = connection.execute(select(table).where(*_working(purpose, text, now))).one_or_none()
    return None if row is None else (row.person, row.data)


def use(connection: Connection, purpose: str, text: str, now: datetime) -> tuple[str | None, Any] | None:
    """As `look`, and from now on it does not work any more. None for whoever comes second."""
    used = update(table).where(*_working(purpose, text, now)).values(used_at=now)
    row = connection.execute(used.returning(table.c.person, table.c.data)).one_or_none()
    return None if row is None else (row.person, row.data)


def cancel(connection: Connection, purpose: str, person: str, now: datetime) -> None:
    """Let nothing that was handed out to a person for this work any more."""
    mine = (table.c.purpose == purpose, table.c.person == person, table.c.used_at.is_(None))
    connection.execute(update(table).where(*mine).values(used_at=now))


def forget(connection: Connection, now: datetime) -> None:
    """Delete what has long ended."""
    connection.execute(delete(table).where(table.c.expires_at < now - _KEPT))


def _working(purpose: str, text: str, now: datetime) -> tuple[Any, ...]:
    return (
        table.c.id == _digest(text),
        table.c.purpose == purpose,
        table.c.used_at.is_(None),
        table.c.expires_at > now,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
