"""Reasons about large rulebooks in the background, so that no request waits for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from service.batcher import NOBODYS_FAULT
from service.db import lint_results
from service.db.engine import Database
from service.rulebook.live import compiled
from service.rulebook.remarks import reasoned

log = structlog.get_logger(__name__)


class Linter:
    """Finds out what was asked. A worker that dies leaves it to another, which begins anew."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def run(self) -> bool:
        """Look at one text; whether there was one."""
        question = self._database.transact(lambda connection: lint_results.claim(connection, self._now()))
        if question is None:
            return False
        try:
            found = reasoned(compiled(question.text), question)
        except NOBODYS_FAULT:
            raise  # the database is away: begun anew when the lease is over
        except Exception as error:  # a text that cannot be reasoned about must not be tried for ever
            log.warning("lint.failed", digest=question.digest, exc_info=error)
            give_back = partial(lint_results.give_back, digest=question.digest)
            self._database.transact(give_back)
            return True
        keep = partial(lint_results.keep, question=question, findings=found, now=self._now())
        self._database.transact(keep)
        return True
