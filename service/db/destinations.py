"""Destinations: where decisions are delivered to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, insert, select, update

from service.db import changes
from service.db.changes import hidden
from service.db.sealing import opened, sealed
from service.db.tables import destination as table
from service.delivery.signing import Secret

_SECRETS: TypeAdapter[tuple[Secret, ...]] = TypeAdapter(tuple[Secret, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A system that is told of decisions.

    ``kind`` says which file of service/delivery sends to it, and what may stand
    in ``settings`` and, kept from everybody's eyes, in ``credentials``.
    ``events`` are the event types it wants, none for all. While it is not
    ``active`` its messages wait. ``disabled_reason`` is set when it said that
    it is gone: then nothing is queued for it either.
    """

    id: str
    name: str
    kind: str
    url: str
    secrets: tuple[Secret, ...]  # newest first
    events: tuple[str, ...]
    active: bool
    disabled_reason: str | None
    created_at: datetime
    settings: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    def wants(self, event_type: str) -> bool:
        """Whether messages of this type are for this destination."""
        return not self.events or event_type in self.events


def add(connection: Connection, made: Destination) -> None:
    """Store a new destination. Raises IntegrityError when the name is taken."""
    _note(connection, None, made)
    connection.execute(
        insert(table).values(id=made.id, **_values(connection, made), created_at=made.created_at)
    )


def save(connection: Connection, changed: Destination) -> None:
    """Store what was changed about a destination. Raises IntegrityError when the name is taken."""
    _note(connection, get(connection, changed.id), changed)
    connection.execute(update(table).where(table.c.id == changed.id).values(**_values(connection, changed)))


def delete(connection: Connection, destination_id: str, now: datetime) -> None:
    """Forget a destination and its secrets. Its name is free again; what was delivered stays on record."""
    _note(connection, get(connection, destination_id), None)
    freed: dict[str, Any] = {
        "name": f"deleted:{destination_id}",
        "secrets": [],
        "credentials": None,
        "active": False,
        "deleted_at": now,
    }
    connection.execute(update(table).where(table.c.id == destination_id).values(**freed))


def disable(connection: Connection, destination_id: str, reason: str) -> None:
    """Queue nothing more for a destination, and send nothing, until someone enables it again."""
    values = {"active": False, "disabled_reason": reason[:500]}
    connection.execute(update(table).where(table.c.id == destination_id).values(**values))


def keep_credentials(connection: Connection, destination_id: str, credentials: Mapping[str, str]) -> None:
    """Store credentials that the other side has exchanged for new ones."""
    changed = update(table).where(table.c.id == destination_id, table.c.deleted_at.is_(None))
    kept = sealed(connection, table.c.credentials, destination_id, dict(credentials))
    connection.execute(changed.values(credentials=kept))


def listed(connection: Connection) -> list[Destination]:
    """Every destination, by name."""
    query = select(table).where(table.c.deleted_at.is_(None)).order_by(table.c.name)
    return [_destination(connection, row) for row in connection.execute(query)]


def get(connection: Connection, destination_id: str, *, lock: bool = False) -> Destination | None:
    """One destination, or None. ``lock`` keeps others from changing it until the transaction ends."""
    query = select(table).where(table.c.id == destination_id, table.c.deleted_at.is_(None))
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _destination(connection, row)


def _values(connection: Connection, destination: Destination) -> dict[str, Any]:
    secrets = _SECRETS.dump_python(destination.secrets, mode="json")
    return {
        "name": destination.name,
        "kind": destination.kind,
        "url": destination.url,
        "secrets": sealed(connection, table.c.secrets, destination.id, secrets),
        "events": list(destination.events),
        "settings": dict(destination.settings),
        "credentials": sealed(connection, table.c.credentials, destination.id, dict(destination.credentials)),
        "active": destination.active,
        "disabled_reason": destination.disabled_reason,
    }


def _note(connection: Connection, before: Destination | None, after: Destination | None) -> None:
    """Put on record what was changed, without secrets: some addresses are secrets too."""
    known = before or after
    if known is None:
        return
    hiding = {
        "secrets": hidden(before and before.secrets, after and after.secrets),
        "credentials": hidden(before and before.credentials, after and after.credentials),
        "url": hidden(before and before.url, after and after.url),
    }
    old, new = (_shown(each) for each in (before, after))
    changes.note(
        connection,
        "destination",
        known.name,
        None if old is None else old | {name: both[0] for name, both in hiding.items()},
        None if new is None else new | {name: both[1] for name, both in hiding.items()},
    )


def _shown(destination: Destination | None) -> dict[str, Any] | None:
    if destination is None:
        return None
    names = ("name", "kind", "events", "settings", "active", "disabled_reason")
    host = urlsplit(destination.url).hostname
    return {name: getattr(destination, name) for name in names} | {"host": host}


def _destination(connection: Connection, row: Row[Any]) -> Destination:
    return Destination(
        id=row.id,
        name=row.name,
        kind=row.kind,
        url=row.url,
        secrets=_SECRETS.validate_python(
            opened(connection, table.c.secrets, row.id, row.secrets), strict=False
        ),
        events=tuple(row.events),
        active=row.active,
        disabled_reason=row.disabled_reason,
        created_at=row.created_at,
        settings=row.settings or {},
        credentials=opened(connection, table.c.credentials, row.id, row.credentials) or {},
    )
