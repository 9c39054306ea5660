"""Alarms about a publication: which share moved, from what to what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from service.db.once import insert_once
from service.db.tables import rulebook_alarm as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A share that is not what it was before a publication, as it was when that was noticed.

    ``cleared_at`` is when it was back to what it was.
    """

    id: int
    publication_id: int
    version: str
    measure: str
    before_count: int
    before_total: int
    now_count: int
    now_total: int
    raised_at: datetime
    cleared_at: datetime | None


def sound(connection: Connection, values: dict[str, Any], now: datetime) -> Alarm | None:
    """Raise an alarm about a measure of a publication; None when it was raised before.

    One that was cleared stands again, but is not told of twice.
    """
    ours = (table.c.publication_id == values["publication_id"], table.c.measure == values["measure"])
    if not insert_once(connection, table, {**values, "raised_at": now}):
        connection.execute(update(table).where(*ours).values(cleared_at=None))
        return None
    return _alarm(connection.execute(select(table).where(*ours)).one())


def clear(connection: Connection, publication_id: int, standing: Collection[str], now: datetime) -> None:
    """Clear the alarms of a publication about other measures than those ``standing``."""
    connection.execute(
        update(table)
        .where(
            table.c.publication_id == publication_id,
            table.c.cleared_at.is_(None),
            table.c.measure.not_in(list(standing)),
        )
        .values(cleared_at=now)
    )


def of_publication(connection: Connection, publication_id: int) -> list[Alarm]:
    """The alarms about a publication, the oldest first."""
    query = select(table).where(table.c.publication_id == publication_id).order_by(table.c.id)
    return [_alarm(row) for row in connection.execute(query)]


def standing(connection: Connection, publication_id: int) -> int:
    """How many alarms about a publication are not cleared."""
    query = select(func.count()).where(table.c.publication_id == publication_id, table.c.cleared_at.is_(None))
    return connection.execute(query).scalar_one()


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(**{name: getattr(row, name) for name in Alarm.__dataclass_fields__})
