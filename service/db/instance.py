"""The deployment's own row: the secret that is used where none is set."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from service.db.engine import Database
from service.db.keyring import keyring_of
from service.db.tables import instance


def secret(database: Database, now: datetime) -> str:
    """The deployment's secret; the first call makes it, every process sees the same."""
    with database.read() as connection:
        found = _read(connection)
    return found or database.transact(lambda connection: _make(connection, now))


def key(connection: Connection, now: datetime) -> str:
    """The secret of the settings, else the deployment's own, which the first call makes."""
    return keyring_of(connection).secret or _read(connection) or _make(connection, now)


def known_key(connection: Connection) -> str | None:
    """As `key`, for a transaction that only reads; None while there is none."""
    return keyring_of(connection).secret or _read(connection)


def _read(connection: Connection) -> str | None:
    return connection.execute(select(instance.c.secret)).scalar_one_or_none()


def _make(connection: Connection, now: datetime) -> str:
    made = {"id": 1, "secret": secrets.token_urlsafe(48), "created_at": now}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(instance).values(made).on_conflict_do_nothing())
    kept = _read(connection)
    assert kept is not None
    return kept
