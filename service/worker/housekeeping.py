"""Deletes what has served its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from service.db import handovers, idempotency, imports, link_uses, lint_results, plans
from service.db.engine import Database


class Housekeeping:
    """Forgets what was kept as long as promised: keys of calls, plans, what lint said, unwanted files."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def run(self) -> bool:
        """Tidy up once; there is never more to do at once."""
        now = self._now()
        self._database.transact(lambda c: idempotency.forget(c, now))
        self._database.transact(lambda c: handovers.forget_plans(c, now))
        self._database.transact(lambda c: plans.forget(c, now))
        self._database.transact(lambda c: imports.forget(c, now))
        self._database.transact(lambda c: link_uses.forget(c, now))
        self._database.transact(lambda c: lint_results.forget(c, now))
        return False
