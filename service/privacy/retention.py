"""What is deleted by itself after a time that the settings give: bodies, and whole contacts."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from service.db import bodies, decisions, sealing
from service.db.keyring import keyring_of
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
            more |= services.database.transact(partial(bodies.empty, before=before)) > 0
        if settings.keep_contacts_days is not None:
            more |= self._eraser.forget_old(now - timedelta(days=settings.keep_contacts_days)) > 0
        return more


def _encrypt(connection: Connection) -> None:
    if keyring_of(connection).encrypts:
        sealing.reseal(connection)
