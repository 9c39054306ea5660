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

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from service.db import erasures, inbox, sources
from service.db.engine import Database
from service.db.inbox import Claimed
from service.db.sources import Source
from service.decision import Handled, Incoming
from service.intake.keeping import NotClear, NotKept, Said, keep
from service.intake.mapping import BadItem, Mapped
from service.intake.reading import Ignored, Needed, incoming, meaning_of
from service.problems import Unavailable

BATCH = 100
LEAST = 10
HOLD = 0.1
"""Seconds that a batch may take on SQLite, whose one writer acknowledging a webhook waits for meanwhile."""
ATTEMPTS = 3
CLAIM = timedelta(seconds=30)
_ALONE_AT_ONCE = 20  # tried items taken in one round, so that they never hold up fresh ones for long
_NEXT_TRY = timedelta(seconds=10)
_NOT_NOW = timedelta(seconds=2)
_NOT_ITS_FAULT = (OperationalError, InterfaceError, Unavailable)  # the database is away, no rulebook is live
_NO_CRM = (
    "the event only names a record; give the source the CRM to get it from"
    " (`crm` in PATCH /v1/sources/NAME), then retry it"
)

log = structlog.get_logger(__name__)


def paced(count: int, seconds: float) -> int:
    """How many items the next batch has, when the last had ``count`` and took so long."""
    return min(BATCH, max(LEAST, int(HOLD * count / max(seconds, 0.001))))


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
        self._size = BATCH

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
        return self._database.transact(lambda c: inbox.claim_fresh(c, now, now + CLAIM, self._size))

    def _claim_tried(self) -> Claimed | None:
        now = self._now()
        return self._database.transact(lambda c: inbox.claim_tried(c, now, now + CLAIM))

    def _decide(self, claimed: Sequence[Claimed]) -> None:
        events = self._events(claimed)
        if not events:
            return
        began = time.perf_counter()
        try:
            handled = self._handle([event for _, event in events])
        except _NOT_ITS_FAULT as error:
            self._not_now([item for item, _ in events], error)
        except Exception as error:  # one item must not stop the others
            log.warning("inbox.batch_failed", items=len(events), exc_info=error)
            for item, event in events:
                self._decide_alone(item, event)
        else:
            if self._database.sqlite:
                self._size = paced(len(events), time.perf_counter() - began)
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
        except Exception as error:  # noqa: BLE001 - it is logged, and the item is set aside and says why
            self._failed(item, error)
        else:
            self._mark([(item, handled[0])])

    def _failed(self, item: Claimed, error: Exception) -> None:
        log.warning("inbox.item_failed", item=item.id, attempt=item.attempts + 1, exc_info=error)
        if item.attempts + 1 >= ATTEMPTS:
            self._quarantine(item, f"deciding it failed {ATTEMPTS} times, last with {type(error).__name__}")
            return
        at = self._now() + _NEXT_TRY
        self._database.transact(lambda c: inbox.postpone(c, item.id, at))

    def _events(self, claimed: Sequence[Claimed]) -> list[tuple[Claimed, Incoming]]:
        """The contact events among the claimed items. The others are dealt with, or go to quarantine."""
        with self._database.read() as connection:
            known = {source.name: source for source in sources.listed(connection)}
        events = []
        for item in claimed:
            source = known.get(item.source)
            if source is None:
                self._quarantine(item, "its source is not there any more")
                continue
            try:
                meaning = meaning_of(item, source)
            except BadItem as bad:
                self._quarantine(item, str(bad))
                continue
            if isinstance(meaning, Mapped):
                events.append((item, incoming(item, meaning)))
            elif isinstance(meaning, Needed):
                self._ask_for(item, source)
            elif isinstance(meaning, Ignored):
                self._ignore(item, meaning.reason)
            else:
                self._keep(item, meaning)
        return events

    def _keep(self, item: Claimed, said: Said) -> None:
        """Write down what an item says of an account or of what was done; it and its mark stand together."""
        now = self._now()

        def work(connection: Connection) -> None:
            keep(connection, said, f"webhook:{item.source}:{item.dedupe_key}", now)
            inbox.mark_applied(connection, item.id, now)

        try:
            self._database.transact(work)
        except NotKept as why:
            self._ignore(item, str(why))
        except NotClear as why:
            self._quarantine(item, str(why))
        except _NOT_ITS_FAULT as error:
            self._not_now([item], error)
        except Exception as error:  # noqa: BLE001 - it is logged, tried again alone, set aside in the end
            self._failed(item, error)

    def _ask_for(self, item: Claimed, source: Source) -> None:
        if source.crm is None:
            self._quarantine(item, _NO_CRM)
            return
        now = self._now()
        self._database.transact(lambda c: inbox.ask_for(c, item.id, now))

    def _ignore(self, item: Claimed, reason: str) -> None:
        now = self._now()
        self._database.transact(lambda c: inbox.ignore(c, item.id, reason, now))

    def _mark(self, decided: Sequence[tuple[Claimed, Handled]]) -> None:
        now = self._now()
        pairs = [(item.id, each.decision.id) for item, each in decided]
        kept_out = {
            item.id: item.dedupe_key for item, each in decided if erasures.was_kept_out(each.decision)
        }

        def mark(connection: Connection) -> None:
            inbox.mark_decided(connection, pairs, now)
            erasures.empty_items(connection, kept_out)

        try:
            self._database.transact(mark)
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
