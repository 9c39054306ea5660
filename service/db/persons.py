"""The people who may sign in, and what works once for them: rows <-> values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from service.db import changes
from service.db.tables import person as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in. ``roles`` are scopes; ``subject`` is who they are at an identity provider."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    active: bool
    has_password: bool
    subject: str | None
    created_at: datetime
    created_by: str
    signed_in_at: datetime | None


def add(connection: Connection, made: Person) -> None:
    """Store a new person. Raises IntegrityError when the address is taken."""
    connection.execute(
        insert(table).values(
            id=made.id,
            email=made.email,
            name=made.name,
            roles=list(made.roles),
            subject=made.subject,
            active=made.active,
            created_at=made.created_at,
            created_by=made.created_by,
        )
    )


def change(connection: Connection, person_id: str, **values: Any) -> bool:
    """Change columns of a person; False when there is none with this id."""
    if "roles" in values:
        values["roles"] = list(values["roles"])
    shown = {name: value for name, value in values.items() if name in ("roles", "active", "name")}
    if shown and (known := get(connection, person_id)) is not None:
        before = {name: getattr(known, name) for name in shown}
        changes.note(connection, "person", known.email, before, shown)
    return connection.execute(update(table).where(table.c.id == person_id).values(values)).rowcount == 1


def get(connection: Connection, person_id: str) -> Person | None:
    """The person with this id."""
    row = connection.execute(select(table).where(table.c.id == person_id)).one_or_none()
    return None if row is None else _value(row)


def by_email(connection: Connection, email: str) -> Person | None:
    """The person with this address, which is in lower case."""
    row = connection.execute(select(table).where(table.c.email == email)).one_or_none()
    return None if row is None else _value(row)


def by_subject(connection: Connection, subject: str) -> Person | None:
    """The person who is this at an identity provider."""
    row = connection.execute(select(table).where(table.c.subject == subject)).one_or_none()
    return None if row is None else _value(row)


def password(connection: Connection, person_id: str) -> str | None:
    """What is stored for the person's password."""
    return connection.execute(select(table.c.password).where(table.c.id == person_id)).scalar()


def listed(connection: Connection) -> tuple[Person, ...]:
    """Everybody, by address."""
    return tuple(_value(row) for row in connection.execute(select(table).order_by(table.c.email)))


def _value(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=tuple(row.roles),
        active=row.active,
        has_password=row.password is not None,
        subject=row.subject,
        created_at=row.created_at,
        created_by=row.created_by,
        signed_in_at=row.signed_in_at,
    )
