"""Quarters that have begun, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from service.db.once import insert_once
from service.db.tables import program_quarter as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A quarter that has begun. ``summary`` says who entered, stayed and left, and what lapsed."""

    name: str
    starts: datetime
    ends: datetime
    began_at: datetime
    summary: Any


def add(connection: Connection, begun: Begun) -> bool:
    """Note that a quarter has begun; False, and no change, when it has been noted."""
    return insert_once(connection, table, {name: getattr(begun, name) for name in begun.__slots__})


def get(connection: Connection, name: str) -> Begun | None:
    """One quarter that has begun, or None."""
    row = connection.execute(select(table).where(table.c.name == name)).first()
    return None if row is None else _begun(row)


def newest(connection: Connection, limit: int = 40) -> Sequence[Begun]:
    """The quarters that have begun, the last first."""
    query = select(table).order_by(table.c.starts.desc()).limit(limit)
    return [_begun(row) for row in connection.execute(query)]


def _begun(row: Row[Any]) -> Begun:
    return Begun(name=row.name, starts=row.starts, ends=row.ends, began_at=row.began_at, summary=row.summary)
