"""Reads the calendars that are due: fetched from their address, or the text that was sent, unrolled anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from service.calendars import ical
from service.db import calendars, reps
from service.db.calendars import Feed
from service.db.engine import Database
from service.delivery import http
from service.delivery.http import BadTarget, Fetched, Refused, Unreachable
from service.delivery.networks import Allowed

BATCH = 10
CLAIM = timedelta(minutes=5)
EVERY = timedelta(minutes=15)
"""How often an address is asked."""

UNROLL = timedelta(hours=12)
"""How often a text that was sent is unrolled anew."""

BACK = timedelta(days=7)
AHEAD = timedelta(days=400)
MEETINGS_AHEAD = timedelta(days=30)
_LONGEST_WAIT = timedelta(hours=24)

Fetch = Callable[[str, str | None], Fetched]
"""Gets a text by its address and the ETag it had. Raises BadTarget, Refused or Unreachable."""


def fetch(url: str, etag: str | None, *, allowed: Sequence[Allowed]) -> Fetched:
    """Get a calendar through the same guard as deliveries."""
    return http.get(url, etag=etag, allowed=allowed, most=ical.MAX_BYTES)


log = structlog.get_logger(__name__)


class Calendars:
    """Reads calendars that are due. A calendar that cannot be read keeps what it said, and says why."""

    def __init__(self, database: Database, fetch: Fetch, now: Callable[[], datetime]) -> None:
        self._database = database
        self._fetch = fetch
        self._now = now

    def run(self) -> bool:
        """Read what is due, up to a batch; whether there was anything."""
        now = self._now()
        claimed = self._database.transact(lambda c: calendars.claim(c, now, now + CLAIM, BATCH))
        for feed in claimed:
            self.read(feed)
        return bool(claimed)

    def read(self, feed: Feed) -> str | None:
        """Read one calendar and keep what it says; the problem, if it could not be read."""
        now = self._now()
        try:
            text, etag = self._text(feed)
            said = self._said(feed, text, now)
        except (BadTarget, Refused, Unreachable, ical.Unreadable) as error:
            wait = min(EVERY * 2 ** min(feed.failures, 8), _LONGEST_WAIT)
            problem = str(error)
            log.warning("calendars.unreadable", rep=feed.rep, failures=feed.failures + 1)
            self._database.transact(lambda c: calendars.failed(c, feed, problem, now + wait))
            return problem
        next_at = now + (UNROLL if feed.url is None else EVERY)
        self._database.transact(
            partial(calendars.store, feed=feed, said=said, text=text, etag=etag, now=now, next_at=next_at)
        )
        return None

    def _text(self, feed: Feed) -> tuple[str, str | None]:
        if feed.url is None:
            return feed.text or "", None
        got = self._fetch(feed.url, feed.etag if feed.text is not None else None)
        if got.status == 304 and feed.text is not None:
            return feed.text, feed.etag
        if got.status != 200:
            raise Unreachable(f"answered {got.status}")
        return got.body.decode("utf-8-sig", "replace"), got.etag

    def _said(self, feed: Feed, text: str, now: datetime) -> ical.Read:
        with self._database.read() as connection:
            rep = reps.by_id(connection, [feed.rep]).get(feed.rep)
        zone = ZoneInfo(rep.time_zone if rep else "UTC")
        said = ical.read(text, zone, now - BACK, now + AHEAD)
        near = now + MEETINGS_AHEAD
        meetings = tuple(span for span in said.meetings if span[0] < near and span[1] > now)
        return ical.Read(away=said.away, meetings=meetings, notes=said.notes)
