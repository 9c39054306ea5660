"""Plays that were added to the catalogue or changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from service.db.tables import program_play as table
from service.program.core.plays import Play, catalogue


def put(connection: Connection, play: Play, by: str, now: datetime) -> None:
    """Store a play under its key."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {
        "key": play.key,
        "document": play.model_dump(mode="json"),
        "active": play.active,
        "updated_by": by,
        "updated_at": now,
    }
    fresh = dialect.insert(table).values(values)
    changed = {name: value for name, value in values.items() if name != "key"}
    connection.execute(fresh.on_conflict_do_update(index_elements=["key"], set_=changed))


def every(connection: Connection) -> dict[str, Play]:
    """The whole catalogue: what ships, and what was added or changed."""
    rows = connection.execute(select(table.c.document).order_by(table.c.key)).scalars()
    return catalogue(Play.model_validate(row) for row in rows)
