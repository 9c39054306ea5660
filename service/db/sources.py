"""Sources: the systems that send us contacts by webhook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy import delete as delete_from

from service.db.tables import source as table
from service.delivery.signing import Secret

_SECRETS: TypeAdapter[tuple[Secret, ...]] = TypeAdapter(tuple[Secret, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A system that sends us contacts.

    ``token_header`` names the header that carries a secret as it is; None when
    calls are signed. ``mapping`` is as `service.intake.mapping` reads it. What
    comes in while a source is not ``active`` is kept and waits.
    """

    name: str
    kind: str
    secrets: tuple[Secret, ...]  # newest first
    token_header: str | None
    mapping: dict[str, Any]
    active: bool
    created_at: datetime
    updated_at: datetime


def add(connection: Connection, made: Source) -> None:
    """Store a new source. Raises IntegrityError when the name is taken."""
    connection.execute(insert(table).values(name=made.name, created_at=made.created_at, **_values(made)))


def save(connection: Connection, changed: Source) -> None:
    """Store what was changed about a source."""
    connection.execute(update(table).where(table.c.name == changed.name).values(**_values(changed)))


def delete(connection: Connection, name: str) -> None:
    """Forget a source and its secrets."""
    connection.execute(delete_from(table).where(table.c.name == name))


def listed(connection: Connection) -> list[Source]:
    """Every source, by name."""
    return [_source(row) for row in connection.execute(select(table).order_by(table.c.name))]


def get(connection: Connection, name: str, *, lock: bool = False) -> Source | None:
    """One source, or None. ``lock`` keeps others from changing it until the transaction ends."""
    query = select(table).where(table.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _source(row)


def _values(source: Source) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "secrets": _SECRETS.dump_python(source.secrets, mode="json"),
        "token_header": source.token_header,
        "mapping": source.mapping,
        "active": source.active,
        "updated_at": source.updated_at,
    }


def _source(row: Row[Any]) -> Source:
    return Source(
        name=row.name,
        kind=row.kind,
        secrets=_SECRETS.validate_python(row.secrets, strict=False),
        token_header=row.token_header,
        mapping=row.mapping,
        active=row.active,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
