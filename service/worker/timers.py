"""Fires what is due: each timer in one transaction with what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from service.db import timers
from service.db.engine import Database
from service.db.timers import Timer

BATCH = 50
CLAIM = timedelta(seconds=60)
_LONGEST_WAIT = timedelta(hours=1)

Handler = Callable[[Connection, Timer, datetime], None]
"""Does what a timer is for and marks it fired, if it is still due (`service.db.timers.take`)."""

log = structlog.get_logger(__name__)


class Timers:
    """Claims timers that are due and has their handlers fire them. Any number of processes may have one.

    A timer whose handler fails is tried again later, ever more rarely, and never given
    up: what it is about waits for it. It names its problem, and the doctor finds it.
    """

    def __init__(
        self, database: Database, handlers: Mapping[str, Handler], now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._now = now

    def run(self) -> bool:
        """Fire what is due, up to a batch; whether there was anything."""
        now = self._now()
        claimed = self._database.transact(lambda c: timers.claim(c, now, now + CLAIM, BATCH))
        for each in claimed:
            self._fire(each)
        return bool(claimed)

    def _fire(self, timer: Timer) -> None:
        try:
            handler = self._handlers[timer.kind]
            self._database.transact(lambda c: handler(c, timer, self._now()))
        except (OperationalError, InterfaceError):
            raise  # the database is away: the claim ends, and the timer is due again
        except Exception as error:  # one timer must not stop the others
            log.warning("timers.failed", timer=timer.id, kind=timer.kind, exc_info=error)
            wait = min(timedelta(seconds=10) * 2 ** min(timer.attempts, 10), _LONGEST_WAIT)
            problem = f"{type(error).__name__}: {error}"
            self._database.transact(lambda c: timers.postpone(c, timer.id, self._now() + wait, problem))
