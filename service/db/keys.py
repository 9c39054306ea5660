"""API keys: rows <-> values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy import insert as insert_into

from service.db.tables import api_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key as it may be shown: everything but the secret. Revoked from ``revoked_at`` on."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """An API key with the digest that its secret must have."""

    key: ApiKey
    digest: str


def insert(connection: Connection, key: ApiKey, digest: str) -> None:
    """Store a new key."""
    connection.execute(
        insert_into(api_key).values(
            id=key.id, name=key.name, hash=digest, scopes=list(key.scopes), created_at=key.created_at
        )
    )


def find(connection: Connection, key_id: str) -> StoredKey | None:
    """The key with this id, revoked ones too."""
    row = connection.execute(select(api_key).where(api_key.c.id == key_id)).one_or_none()
    return None if row is None else StoredKey(key=_value(row), digest=row.hash)


def listed(connection: Connection) -> tuple[ApiKey, ...]:
    """Every key, newest first."""
    rows = connection.execute(select(api_key).order_by(api_key.c.created_at.desc(), api_key.c.id))
    return tuple(_value(row) for row in rows)


def revoke(connection: Connection, key_id: str, now: datetime) -> bool:
    """Revoke the key from ``now`` on, or leave it as it was revoked before; False when there is none."""
    if find(connection, key_id) is None:
        return False
    live = update(api_key).where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
    connection.execute(live.values(revoked_at=now))
    return True


def touch(connection: Connection, key_id: str, now: datetime) -> None:
    """Note that the key was used."""
    connection.execute(update(api_key).where(api_key.c.id == key_id).values(last_used_at=now))


def _value(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
