"""The database's clock, for what several machines must agree on: leases, due times."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from service.db.engine import Database

_REFRESH_SECONDS = 60.0


class DatabaseClock:
    """Tells the time as the database does, without asking it every time.

    PostgreSQL is asked once a minute, and time in between is counted by a
    clock that nobody can set. SQLite has the clock of this machine.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._read: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """The time, in UTC."""
        if self._database.sqlite:
            return self._now()
        if self._read is None or time.monotonic() - self._read[1] >= _REFRESH_SECONDS:
            with self._database.read() as connection:
                asked = time.monotonic()
                told = connection.execute(select(func.clock_timestamp())).scalar_one()
                self._read = (told, (asked + time.monotonic()) / 2)  # the answer was given on the way
        told, at = self._read
        moment: datetime = told + timedelta(seconds=time.monotonic() - at)
        return moment
