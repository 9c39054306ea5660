"""Which links of notices were used: the first use counts, and stands with what it did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from service.db.tables import link_use as table


def used(connection: Connection, notice: str) -> str | None:
    """What was answered by a link of this notice; None while none was used."""
    found: str | None = connection.execute(select(table.c.action).where(table.c.id == notice)).scalar()
    return found


def use(connection: Connection, notice: str, action: str, rep: str, now: datetime, ends_at: datetime) -> None:
    """Note the use of a notice's link. Raises IntegrityError when one of the notice's links was used."""
    values = {"id": notice, "action": action, "rep": rep, "used_at": now, "ends_at": ends_at}
    connection.execute(insert(table).values(**values))


def forget(connection: Connection, now: datetime) -> None:
    """Delete the uses of links that have ended: those are refused for their age."""
    connection.execute(delete(table).where(table.c.ends_at < now))
