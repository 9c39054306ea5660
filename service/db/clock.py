"""The database's clock, for what several machines must agree on: leases, due times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from service.db.engine import Database

_REFRESH_SECONDS = 60.0


class DatabaseClock:
    """Tells the time as the database does, without asking it every time.

    PostgreSQL is asked once a minute, by one thread while the others go on with
    what it told last, and time in between is counted by a clock that nobody can
    set. SQLite has the clock of this machine.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._read: tuple[datetime, float] | None = None
        self._asking = threading.Lock()

    def __call__(self) -> datetime:
        """The time, in UTC."""
        if self._database.sqlite:
            return self._now()
        read = self._read
        if read is None or time.monotonic() - read[1] >= _REFRESH_SECONDS:
            read = self._refreshed(read)
        told, at = read
        return told + timedelta(seconds=time.monotonic() - at)

    def _refreshed(self, old: tuple[datetime, float] | None) -> tuple[datetime, float]:
        """Ask, unless another thread does: all may hold a connection, and each would need one more."""
        if not self._asking.acquire(blocking=old is None):
            assert old is not None
            return old
        try:
            if self._read is not None and self._read is not old:
                return self._read  # told while we waited
            with self._database.read() as connection:
                asked = time.monotonic()
                told: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            self._read = (told, (asked + time.monotonic()) / 2)  # the answer was given on the way
            return self._read
        finally:
            self._asking.release()
