"""Decides what is in the inbox.

A batch is claimed (with the attempt counted) in one transaction, decided by
the flow in its own, and marked in a third. A crash between any two loses
nothing: the claim ends, the items are handed to the flow again, and the flow
answers an event that it has decided with that decision. So an item is decided
once however often it is handed over.

An item that makes the whole process die is met by counting: what was tried
before is only ever tried alone, and three times at most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from service.db import inbox, sources
from service.db.engine import Database
from service.db.inbox import Claimed
from service.decision import Handled, Incoming
from service.intake.mapping import BadItem
from service.intake.reading import event_of
from service.problems import Unavailable

BATCH = 100
ATTEMPTS = 3
CLAIM = timedelta(seconds=30)
_ALONE_AT_ONCE = 20  # tried items taken in one round, so that they never hold up fresh ones for long
_NEXT_TRY = timedelta(seconds=10)
_NOT_NOW = timedelta(seconds=2)
_NOT_ITS_FAULT = (OperationalError, InterfaceError, Unavailable)  # the database is away, no rulebook is live

log = structlog.get_logger(__name__)


class Inbox:
    """Takes items from the inbox and has ``handle`` decide them. One thread at a time."""

    def __init__(
        self,
        database: Database,
        handle: Callable[[Sequence[Incoming]], list[Handled]],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._handle = handle
        self._now = now
        self._owed: list[int] = []

    def run(self) -> bool:
        """Decide what is due, up to a batch; whether there was anything."""
        self._give_back()
        fresh = self._claim_fresh()
        if fresh:
            self._decide(fresh)
        alone = 0
        while alone < _ALONE_AT_ONCE and (tried := self._claim_tried()):
            alone += 1
            self._decide_again(tried)
        return bool(fresh) or alone > 0

    def _claim_fresh(self) -> list[Claimed]:
        now = self._now()
        return self._database.transact(lambda c: inbox.claim_fresh(c, now, now + CLAIM, BATCH))

    def _claim_tried(self) -> Claimed | None:
        now = self._now()
        return self._database.transact(lambda c: inbox.claim_tried(c, now, now + CLAIM))

    def _decide(self, claimed: Sequence[Claimed]) -> None:
        events = self._events(claimed)
        if not events:
            return
        try:
            handled = self._handle([event for _, event in events])
        except _NOT_ITS_FAULT as error:
            self._not_now([item for item, _ in events], error)
        except Exception as error:  # one item must not stop the others
            log.warning("inbox.batch_failed", items=len(events), exc_info=error)
            for item, event in events:
                self._decide_alone(item, event)
        else:
            self._mark([(item, each) for (item, _), each in zip(events, handled, strict=True)])

    def _decide_again(self, item: Claimed) -> None:
        if item.attempts >= ATTEMPTS:
            self._quarantine(item, f"the worker stopped or failed {ATTEMPTS} times while deciding it")
            return
        for each, event in self._events([item]):
            self._decide_alone(each, event)

    def _decide_alone(self, item: Claimed, event: Incoming) -> None:
        try:
            handled = self._handle([event])
        except _NOT_ITS_FAULT as error:
            self._not_now([item], error)
        except Exception as error:  # the item is set aside and says why
            log.warning("inbox.item_failed", item=item.id, attempt=item.attempts + 1, exc_info=error)
            if item.attempts + 1 >= ATTEMPTS:
                self._quarantine(
                    item, f"deciding it failed {ATTEMPTS} times, last with {type(error).__name__}"
                )
            else:
                at = self._now() + _NEXT_TRY
                self._database.transact(lambda c: inbox.postpone(c, item.id, at))
        else:
            self._mark([(item, handled[0])])

    def _events(self, claimed: Sequence[Claimed]) -> list[tuple[Claimed, Incoming]]:
        """The claimed items as contact events; those that cannot be mapped go to quarantine."""
        with self._database.read() as connection:
            known = {source.name: source for source in sources.listed(connection)}
        events = []
        for item in claimed:
            source = known.get(item.source)
            if source is None:
                self._quarantine(item, "its source is not there any more")
                continue
            try:
                events.append((item, event_of(item, source)))
            except BadItem as bad:
                self._quarantine(item, str(bad))
        return events

    def _mark(self, decided: Sequence[tuple[Claimed, Handled]]) -> None:
        now = self._now()
        pairs = [(item.id, each.decision.id) for item, each in decided]
        try:
            self._database.transact(lambda c: inbox.mark_decided(c, pairs, now))
        except _NOT_ITS_FAULT as error:
            self._not_now([item for item, _ in decided], error)

    def _quarantine(self, item: Claimed, problem: str) -> None:
        log.warning("inbox.quarantined", item=item.id, source=item.source, problem=problem)
        self._database.transact(lambda c: inbox.quarantine(c, item.id, problem))

    def _not_now(self, items: Sequence[Claimed], error: Exception) -> None:
        """Remember that these items must wait, and that it does not count against them."""
        log.warning("inbox.not_now", items=len(items), reason=type(error).__name__)
        self._owed += [item.id for item in items]
        self._give_back()

    def _give_back(self) -> None:
        """Give back what could not be tried. Raises while the database is away; nothing is forgotten."""
        if self._owed:
            at = self._now() + _NOT_NOW
            self._database.transact(lambda c: inbox.give_back(c, self._owed, at))
            self._owed = []
