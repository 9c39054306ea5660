"""Gets from the CRM the records that items of the inbox only name, many a call.

Items wait apart from the others while their record is got, so a CRM that is slow or away holds up nobody
else. A CRM that asks for patience gets it, for all that the source would ask; the wait doubles up to an
hour, for some two days in all, before an item goes to a person.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

import structlog
from sqlalchemy import Connection

from service.db import inbox, sources
from service.db.engine import Database
from service.db.inbox import Claimed
from service.db.sources import Source
from service.intake.crm.api import Ask, Crm, NotAllowed, NotNow
from service.intake.crm.registry import CRMS
from service.intake.crm.settings import CrmSettings
from service.intake.mapping import BadItem
from service.intake.reading import Needed, meaning_of

BATCH = 100
CLAIM = timedelta(minutes=2)
ATTEMPTS = 50
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)

log = structlog.get_logger(__name__)


class Fetching:
    """Gets records. One thread at a time."""

    def __init__(self, database: Database, ask: Ask, now: Callable[[], datetime]) -> None:
        self._database = database
        self._ask = ask
        self._now = now
        self._crms: dict[str, tuple[datetime, Crm]] = {}

    def run(self) -> bool:
        """Get what is due, up to a batch; whether there was anything."""
        now = self._now()
        claimed = self._database.transact(lambda c: inbox.claim_fetching(c, now, now + CLAIM, BATCH))
        if not claimed:
            return False
        with self._database.read() as connection:
            known = {source.name: source for source in sources.listed(connection)}
        wanted = [(item, need) for item in claimed if (need := self._need(item, known.get(item.source)))]
        wanted.sort(key=lambda pair: (pair[0].source, pair[1].object, pair[0].id))
        for (name, object_name), group in groupby(wanted, lambda pair: (pair[0].source, pair[1].object)):
            self._fetch(known[name], object_name, list(group))
        return True

    def _need(self, item: Claimed, source: Source | None) -> Needed | None:
        """What an item needs; one that needs nothing that can be got is set aside."""
        problem = "its source is not there any more, or has no CRM to ask"
        if source is not None and source.crm is not None:
            try:
                meaning = meaning_of(item, source)
                if isinstance(meaning, Needed):
                    return meaning
                problem = "it needs no record by the mapping as it is now; retry it"
            except BadItem as bad:
                problem = str(bad)
        self._quarantine([item], problem)
        return None

    def _fetch(self, source: Source, object_name: str, group: Sequence[tuple[Claimed, Needed]]) -> None:
        items = [item for item, _ in group]
        try:
            ids = list(dict.fromkeys(need.id for _, need in group))
            found = self._crm(source).records(object_name, ids)
        except NotNow as error:
            self._later(source, items, error)
            return
        except NotAllowed as error:
            self._crms.pop(source.name, None)
            self._quarantine(items, str(error))
            return
        now = self._now()
        got = [(item.id, json.dumps(found[need.id]).encode()) for item, need in group if need.id in found]
        self._database.transact(lambda c: inbox.complete(c, got, now))
        missing = [item for item, need in group if need.id not in found]
        self._quarantine(missing, "the CRM has no such record that the token may read: deleted, or merged")

    def _crm(self, source: Source) -> Crm:
        made_for, crm = self._crms.get(source.name, (None, None))
        if crm is None or made_for != source.updated_at:
            settings = CrmSettings.model_validate(source.crm)
            crm = CRMS[settings.api](settings, self._ask)
            self._crms[source.name] = (source.updated_at, crm)
        return crm

    def _later(self, source: Source, items: Sequence[Claimed], error: NotNow) -> None:
        tried = min(item.attempts for item in items)
        wait = error.wait or min(_FIRST_WAIT * 2 ** min(tried, 12), _LONGEST_WAIT)
        at = self._now() + min(max(wait, timedelta(seconds=1)), timedelta(days=1))
        log.warning("fetching.later", source=source.name, items=len(items), reason=str(error))
        self._quarantine(
            [item for item in items if item.attempts + 1 >= ATTEMPTS],
            f"{ATTEMPTS} tries failed, last: {error}",
        )
        again = [item.id for item in items if item.attempts + 1 < ATTEMPTS]

        def hold(connection: Connection) -> None:
            inbox.due_again(connection, again, at)
            inbox.hold_fetching(connection, source.name, at, str(error))

        self._database.transact(hold)

    def _quarantine(self, items: Sequence[Claimed], problem: str) -> None:
        for item in items:
            log.warning("inbox.quarantined", item=item.id, source=item.source, problem=problem)
            self._database.transact(partial(_set_aside, row=item.id, problem=problem))


def _set_aside(connection: Connection, row: int, problem: str) -> None:
    inbox.quarantine(connection, row, problem)
