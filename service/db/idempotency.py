"""Idempotency-Keys: that a call sent twice is done once.

The key's row is the first thing written in the call's own transaction, so the
two stand or fall together wherever a process dies: no row means that nothing
was done, and a row means that everything was. The answer is kept with it right
afterwards, for whoever repeats the call.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from service.db.tables import idempotency

KEPT = timedelta(days=30)


class KeyTaken(Exception):
    """Another call with this key wrote first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What is known of an earlier call with the key; no ``status`` and ``body`` until its answer is kept."""

    digest: str
    status: int | None
    body: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A call's hold on its key. ``digest`` is of method, path and body."""

    caller: str
    key: str
    digest: str
    at: datetime
    mark: bytes = field(
        default_factory=lambda: secrets.token_bytes(16)
    )  # tells this call's row from another's


def earlier(connection: Connection, caller: str, key: str) -> Earlier | None:
    """The call that used the key before, if any."""
    row = connection.execute(
        select(idempotency).where(idempotency.c.caller == caller, idempotency.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    return Earlier(digest=row.digest, status=row.status, body=row.body if row.status else None)


def take(connection: Connection, claim: Claim) -> None:
    """Write the key's row, or find that it is ours already. Raises KeyTaken when it is another's.

    On PostgreSQL this waits for another call that is about to commit the same key.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {
        "caller": claim.caller,
        "key": claim.key,
        "digest": claim.digest,
        "body": claim.mark,
        "created_at": claim.at,
    }
    if connection.execute(dialect.insert(idempotency).values(row).on_conflict_do_nothing()).rowcount == 1:
        return
    mine = select(idempotency.c.key).where(*_is_mine(claim))
    if connection.execute(mine).one_or_none() is None:
        raise KeyTaken


def keep(connection: Connection, claim: Claim, status: int, body: bytes) -> None:
    """Keep the answer for whoever repeats the call. A call that wrote nothing has no row, and needs none."""
    connection.execute(update(idempotency).where(*_is_mine(claim)).values(status=status, body=body))


def forget(connection: Connection, now: datetime) -> int:
    """Delete the keys that are older than 30 days; how many there were."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < now - KEPT)).rowcount


def _is_mine(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        idempotency.c.caller == claim.caller,
        idempotency.c.key == claim.key,
        idempotency.c.status.is_(None),
        idempotency.c.body == claim.mark,
    )
