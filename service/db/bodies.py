"""The bodies of what came in and went out: emptied when their time is over, the rows stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, LargeBinary, Table, and_, select, update
from sqlalchemy.sql.elements import ColumnElement

from service.db.tables import delivery, import_run, inbox

_AT_ONCE = 500


def empty(connection: Connection, before: datetime) -> int:
    """Empty what was decided, delivered or imported before; how many rows, of each at most some hundreds."""
    done = (
        (inbox, and_(inbox.c.state == "decided", inbox.c.decided_at < before, inbox.c.body != b""), "body"),
        (
            delivery,
            and_(
                delivery.c.state == "delivered",
                delivery.c.delivered_at < before,
                delivery.c.contact_id.is_not(None),
            ),
            "payload",
        ),
        (
            import_run,
            and_(import_run.c.finished_at < before, import_run.c.body.is_not(None)),
            "body",
        ),
    )
    return sum(_empty(connection, *each) for each in done)


def _empty(connection: Connection, table: Table, condition: ColumnElement[bool], column: str) -> int:
    key = table.c.id
    rows = connection.execute(
        select(key, table.c[column]).where(condition).order_by(key).limit(_AT_ONCE)
    ).all()
    if isinstance(table.c[column].type, LargeBinary):
        nothing = None if table.c[column].nullable else b""
        full = [row.id for row in rows]
    else:
        nothing = {}  # type: ignore[assignment]
        full = [row.id for row in rows if row[1] != {}]
    if full:
        connection.execute(update(table).where(key.in_(full)).values({column: nothing}))
    return len(full)
