"""Sources: the systems that send us contacts by webhook."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy import delete as delete_from

from service.db import changes
from service.db.changes import hidden
from service.db.sealing import opened, sealed
from service.db.tables import source as table
from service.delivery.signing import Secret

_SECRETS: TypeAdapter[tuple[Secret, ...]] = TypeAdapter(tuple[Secret, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A system that sends us contacts.

    ``token_header`` names the header that carries a secret as it is; None when
    calls are signed. ``mapping`` is as `service.intake.mapping` reads it, ``crm``
    as `service.intake.crm.settings` does: where to get records that events only
    name. What comes in while a source is not ``active`` is kept and waits.
    """

    name: str
    kind: str
    secrets: tuple[Secret, ...]  # newest first
    token_header: str | None
    mapping: dict[str, Any]
    active: bool
    created_at: datetime
    updated_at: datetime
    crm: dict[str, Any] | None = field(default=None, repr=False)


def add(connection: Connection, made: Source) -> None:
    """Store a new source. Raises IntegrityError when the name is taken."""
    _note(connection, None, made)
    connection.execute(
        insert(table).values(name=made.name, created_at=made.created_at, **_values(connection, made))
    )


def save(connection: Connection, changed: Source) -> None:
    """Store what was changed about a source."""
    _note(connection, get(connection, changed.name), changed)
    connection.execute(
        update(table).where(table.c.name == changed.name).values(**_values(connection, changed))
    )


def delete(connection: Connection, name: str) -> None:
    """Forget a source and its secrets."""
    _note(connection, get(connection, name), None)
    connection.execute(delete_from(table).where(table.c.name == name))


def listed(connection: Connection) -> list[Source]:
    """Every source, by name."""
    return [_source(connection, row) for row in connection.execute(select(table).order_by(table.c.name))]


def get(connection: Connection, name: str, *, lock: bool = False) -> Source | None:
    """One source, or None. ``lock`` keeps others from changing it until the transaction ends."""
    query = select(table).where(table.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _source(connection, row)


def _values(connection: Connection, source: Source) -> dict[str, Any]:
    secrets = _SECRETS.dump_python(source.secrets, mode="json")
    return {
        "kind": source.kind,
        "secrets": sealed(connection, table.c.secrets, source.name, secrets),
        "token_header": source.token_header,
        "mapping": source.mapping,
        "crm": sealed(connection, table.c.crm, source.name, source.crm),
        "active": source.active,
        "updated_at": source.updated_at,
    }


def _note(connection: Connection, before: Source | None, after: Source | None) -> None:
    """Put on record what was changed, without secrets."""
    known = before or after
    if known is None:
        return
    secrets = hidden(before and before.secrets, after and after.secrets)
    crm = hidden(before and before.crm, after and after.crm)
    old, new = (_shown(each) for each in (before, after))
    changes.note(
        connection,
        "source",
        known.name,
        None if old is None else old | {"secrets": secrets[0], "crm": crm[0]},
        None if new is None else new | {"secrets": secrets[1], "crm": crm[1]},
    )


def _shown(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    return {name: getattr(source, name) for name in ("kind", "token_header", "mapping", "active")}


def _source(connection: Connection, row: Row[Any]) -> Source:
    return Source(
        name=row.name,
        kind=row.kind,
        secrets=_SECRETS.validate_python(
            opened(connection, table.c.secrets, row.name, row.secrets), strict=False
        ),
        token_header=row.token_header,
        mapping=row.mapping,
        crm=opened(connection, table.c.crm, row.name, row.crm),
        active=row.active,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
