"""Looks again at what waits for a time: contacts that are held, questions that nobody answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from service.db import waiting
from service.db.engine import Database
from service.db.waiting import Wait

BATCH = 100
_NEXT_TRY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Holds:
    """Has ``release`` decide anew what is due. One thread at a time.

    ``release`` takes decision ids and may get one again: it does nothing for a
    matter that is settled, and moves on the time of one that stays open.
    """

    def __init__(
        self,
        database: Database,
        release: Callable[[Sequence[str]], object],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._release = release
        self._now = now

    def run(self) -> bool:
        """Release what is due, up to a batch; whether there was anything."""
        with self._database.read() as connection:
            due = waiting.due(connection, self._now(), BATCH)
        if not due:
            return False
        try:
            self._release([wait.decision_id for wait in due])
        except Exception as error:  # one matter must not stop the others
            log.warning("holds.batch_failed", holds=len(due), exc_info=error)
            for wait in due:
                self._release_alone(wait)
        return True

    def _release_alone(self, wait: Wait) -> None:
        try:
            self._release([wait.decision_id])
        except Exception as error:  # it stays open and visible, and is tried again
            log.warning("holds.failed", decision=wait.decision_id, exc_info=error)
            at = self._now() + _NEXT_TRY
            self._database.transact(lambda c: waiting.postpone(c, [wait.decision_id], wait.kind, at))
