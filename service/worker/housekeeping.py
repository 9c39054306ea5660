"""Deletes what has served its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from service.db import handovers, idempotency, link_uses, lint_results, plans
from service.db.engine import Database


class Housekeeping:
    """Forgets Idempotency-Keys that are older than their promise, old plans, and what lint said long ago."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def run(self) -> bool:
        """Tidy up once; there is never more to do at once."""
        now = self._now()
        self._database.transact(lambda c: idempotency.forget(c, now))
        self._database.transact(lambda c: handovers.forget_plans(c, now))
        self._database.transact(lambda c: plans.forget(c, now))
        self._database.transact(lambda c: link_uses.forget(c, now))
        self._database.transact(lambda c: lint_results.forget(c, now))
        return False
