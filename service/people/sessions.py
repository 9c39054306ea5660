"""Sessions of the console: kept in the database, so that ending one ends it everywhere.

The cookie holds 256 random bits, the row their digest. A session begins anew
with every sign-in (no fixation), ends when nobody uses it for `IDLE`, at the
latest after `LASTS`, at signing out, and when the key or person behind it may
not sign in any more. The token of its forms is derived from the cookie:
another session's token does not fit.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from service.auth import BOOTSTRAP, Caller, Scope, caller_of
from service.db import keys, persons, sessions
from service.db.engine import Database
from service.people import people

LASTS = timedelta(hours=12)
IDLE = timedelta(minutes=30)
_TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in. ``token`` must come back with every form; ``by_key``: with an API key."""

    caller: Caller
    token: str
    by_key: bool


class Sessions:
    """The sessions of one deployment. ``bootstrap``: the bootstrap key of the settings, if there is one."""

    def __init__(self, database: Database, *, bootstrap: str | None, now: Callable[[], datetime]) -> None:
        self._database = database
        self._bootstrap = bootstrap
        self._now = now

    def begin(self, *, person: str | None = None, api_key: str | None = None) -> str:
        """The cookie of a new session of a person, or of whoever has an API key (its id)."""
        cookie = secrets.token_urlsafe(32)

        key = self._key(api_key) if api_key else None

        def store(connection: Connection) -> None:
            sessions.begin(connection, _id(cookie), person=person, api_key=key, now=self._now())
            if person is not None:
                persons.change(connection, person, signed_in_at=self._now())

        self._database.transact(store)
        return cookie

    def read(self, cookie: str | None) -> Session | None:
        """Whose session the cookie is; None when it is none, or is over."""
        if not cookie or len(cookie) > 100 or not cookie.isascii():
            return None
        session_id, now = _id(cookie), self._now()
        with self._database.read() as connection:
            found = sessions.find(connection, session_id)
            caller = self._caller(connection, found) if found else None
        if found is None or caller is None or now >= min(found.begun_at + LASTS, found.seen_at + IDLE):
            return None
        if now - found.seen_at >= _TOUCH:
            self._database.transact(lambda connection: sessions.touch(connection, session_id, now))
        token = hmac.new(cookie.encode(), b"form", sha256).hexdigest()
        return Session(caller=caller, token=token, by_key=found.api_key is not None)

    def end(self, cookie: str | None) -> None:
        """End a session: its cookie is worth nothing from now on, wherever a copy of it is."""
        self._database.transact(lambda connection: sessions.end(connection, _id(cookie or ""), self._now()))

    def _key(self, api_key: str) -> str:
        """What stands for a key in the row; for the bootstrap key, which may change, its digest."""
        return f"{BOOTSTRAP}:{_id(self._bootstrap or '')[:24]}" if api_key == BOOTSTRAP else api_key

    def _caller(self, connection: Connection, found: sessions.Row) -> Caller | None:
        if found.person is not None:
            person = persons.get(connection, found.person)
            return people.caller_of(person) if person else None
        if self._bootstrap and found.api_key == self._key(BOOTSTRAP):
            return Caller(id=BOOTSTRAP, name=BOOTSTRAP, scopes=frozenset({Scope.ADMIN}))
        stored = keys.find(connection, found.api_key or "")
        return caller_of(stored) if stored and stored.key.works(self._now()) else None


def _id(cookie: str) -> str:
    return sha256(cookie.encode("utf-8", "replace")).hexdigest()
