"""What is deleted by itself after a time that the settings give: bodies, and whole contacts."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, LargeBinary, Table, and_, select, update
from sqlalchemy.sql.elements import ColumnElement

from service.db import decisions, sealing
from service.db.keyring import keyring_of
from service.db.tables import delivery, import_run, inbox
from service.privacy.erase import Eraser
from service.services import Services

_AT_ONCE = 500


class Retention:
    """Deletes what is past its time, forgets ended sessions, does what older versions left undone."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._eraser = Eraser(database=services.database, now=services.now, new_id=services.new_id)

    def run(self) -> bool:
        """Do some; whether there may be more at once."""
        services, settings = self._services, self._services.settings
        services.people.forget()
        services.database.transact(_encrypt)
        more = services.database.transact(partial(decisions.look_for_mentions, limit=_AT_ONCE)) == _AT_ONCE
        now = services.now()
        if settings.keep_bodies_days is not None:
            before = now - timedelta(days=settings.keep_bodies_days)
            more |= services.database.transact(partial(empty_bodies, before=before)) > 0
        if settings.keep_contacts_days is not None:
            more |= self._eraser.forget_old(now - timedelta(days=settings.keep_contacts_days)) > 0
        return more


def empty_bodies(connection: Connection, before: datetime) -> int:
    """Empty what was decided, delivered or imported before; how many rows, at most some hundreds at once."""
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


def _encrypt(connection: Connection) -> None:
    if keyring_of(connection).encrypts:
        sealing.reseal(connection)
