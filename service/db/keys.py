"""API keys: rows <-> values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy import insert as insert_into

from service.db.tables import api_key, person


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key as it may be shown: everything but the secret.

    Revoked from ``revoked_at`` on, of no use from ``expires_at`` on. After a
    rotation the secret before works until ``previous_until``. ``person`` is
    whose key it is; a system's key has none.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None = None
    previous_until: datetime | None = None
    person: str | None = None
    created_by: str | None = None

    def works(self, now: datetime) -> bool:
        """Whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """An API key with the digest that its secret must have, and that of the secret before a rotation.

    ``person_email`` and ``person_roles`` are of the person whose key it is; None
    and empty for a system's key, and for a person who is not active any more.
    """

    key: ApiKey
    digest: str
    previous: str | None
    person_email: str | None
    person_roles: tuple[str, ...]


def insert(connection: Connection, key: ApiKey, digest: str) -> None:
    """Store a new key."""
    connection.execute(
        insert_into(api_key).values(
            id=key.id,
            name=key.name,
            hash=digest,
            scopes=list(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            person=key.person,
            created_by=key.created_by,
        )
    )


def find(connection: Connection, key_id: str) -> StoredKey | None:
    """The key with this id, revoked ones too."""
    query = (
        select(api_key, person.c.email, person.c.roles)
        .outerjoin(person, (person.c.id == api_key.c.person) & person.c.active.is_(True))
        .where(api_key.c.id == key_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return StoredKey(
        key=_value(row),
        digest=row.hash,
        previous=row.previous_hash,
        person_email=row.email,
        person_roles=tuple(row.roles or ()),
    )


def listed(connection: Connection) -> tuple[ApiKey, ...]:
    """Every key, newest first."""
    rows = connection.execute(select(api_key).order_by(api_key.c.created_at.desc(), api_key.c.id))
    return tuple(_value(row) for row in rows)


def rotate(connection: Connection, key_id: str, digest: str, until: datetime, now: datetime) -> bool:
    """Give the key another secret; the one before works ``until`` then. False when it is not in use."""
    live = (api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
    unexpired = (api_key.c.expires_at.is_(None)) | (api_key.c.expires_at > now)
    changed = update(api_key).where(*live, unexpired)
    values = {"previous_hash": api_key.c.hash, "previous_until": until, "hash": digest}
    return connection.execute(changed.values(values)).rowcount == 1


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
        expires_at=row.expires_at,
        previous_until=row.previous_until,
        person=row.person,
        created_by=row.created_by,
    )
