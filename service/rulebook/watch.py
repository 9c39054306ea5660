"""After a publication: are the shares still what they were, and who is told when they are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection

from routing.problems import RulebookInvalid
from service.db import alarms, rulebooks
from service.db import shares as figures
from service.db.alarms import Alarm
from service.db.engine import Database
from service.db.rulebooks import Publication
from service.db.shares import Stretch
from service.delivery import outbox
from service.delivery.outbox import EventType
from service.rulebook.drift import FEWEST, Measured, Shares, compare, shares
from service.rulebook.live import compiled

WEEK = timedelta(days=7)
WEEKS = 4


class Baseline(StrEnum):
    """What the shares since the publication are compared with; the first that has enough decisions."""

    SAME_HOURS = "same_hours"  # the version before, same weekdays and hours, in the four weeks before
    SAME_VERSION = "same_version"  # the version before, all of the four weeks before
    FOUR_WEEKS = "four_weeks"  # whatever was live in the four weeks before
    NONE = "none"  # there is nothing to compare with


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The shares since a version went live, at most of the last seven days, beside those before."""

    version: str
    publication_id: int
    published_at: datetime
    previous: str | None
    since: datetime
    until: datetime
    decisions: int
    baseline: Baseline
    baseline_decisions: int
    measures: Sequence[Measured]
    alarms: Sequence[Alarm]


def watch(connection: Connection, now: datetime) -> Watch | None:
    """How the live version does; None while nothing is live."""
    newest = rulebooks.publications(connection, limit=2)
    if not newest:
        return None
    live, before = newest[0], (newest[1] if len(newest) > 1 else None)
    window = Stretch(since=max(live.at, now - WEEK), until=now)
    present = shares(figures.counts(connection, [window], version=live.version))
    baseline, past = _baseline(connection, live, before, window)
    return Watch(
        version=live.version,
        publication_id=live.id,
        published_at=live.at,
        previous=before.version if before else None,
        since=window.since,
        until=window.until,
        decisions=present.total,
        baseline=baseline,
        baseline_decisions=past.total,
        measures=compare(past, present, _in_both(connection, live, before)),
        alarms=alarms.of_publication(connection, live.id),
    )


def same_hours(window: Stretch, published: datetime) -> list[Stretch]:
    """The window moved back by whole weeks, to the four nearest that end before the publication."""
    first = -(-(window.until - published) // WEEK)
    moves = [(first + more) * WEEK for more in range(WEEKS)]
    return [Stretch(since=window.since - move, until=window.until - move) for move in moves]


def _baseline(
    connection: Connection, live: Publication, before: Publication | None, window: Stretch
) -> tuple[Baseline, Shares]:
    if before is None or window.until <= window.since:
        return Baseline.NONE, Shares()
    month = [Stretch(since=live.at - WEEKS * WEEK, until=live.at)]
    for kind, stretches, version in (
        (Baseline.SAME_HOURS, same_hours(window, live.at), before.version),
        (Baseline.SAME_VERSION, month, before.version),
        (Baseline.FOUR_WEEKS, month, None),
    ):
        found = shares(figures.counts(connection, stretches, version=version))
        if found.total >= FEWEST:
            return kind, found
    return Baseline.NONE, Shares()


def _in_both(connection: Connection, live: Publication, before: Publication | None) -> frozenset[str]:
    versions = [live.version, before.version] if before else [live.version]
    return frozenset.intersection(*(_rules(connection, version) for version in versions))


def _rules(connection: Connection, version: str) -> frozenset[str]:
    stored = rulebooks.get(connection, version)
    try:
        return frozenset(rule.id for rule in compiled(stored.text).rules) if stored else frozenset()
    except RulebookInvalid:  # another program's language: none of its rules can be called the same
        return frozenset()


class Watcher:
    """Raises and clears the alarms. Any number of processes may have one: each alarm is told of once."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def run(self) -> bool:
        """Look once; there is never more to do at once."""
        now = self._now()
        with self._database.read() as connection:
            seen = watch(connection, now)
        if seen is None:
            return False
        drifted = [measured for measured in seen.measures if measured.drifted]
        if drifted or any(alarm.cleared_at is None for alarm in seen.alarms):
            self._database.transact(partial(_note, seen, drifted, now))
        return False


def _note(seen: Watch, drifted: Sequence[Measured], now: datetime, connection: Connection) -> None:
    alarms.clear(connection, seen.publication_id, [each.measure for each in drifted], now)
    for each in drifted:
        values = {
            "publication_id": seen.publication_id,
            "version": seen.version,
            "measure": each.measure,
            "before_count": each.before_count,
            "before_total": seen.baseline_decisions,
            "now_count": each.now_count,
            "now_total": seen.decisions,
        }
        raised = alarms.sound(connection, values, now)
        if raised is not None:
            outbox.announce(
                connection, EventType.RULEBOOK_DRIFT, f"alarm_{raised.id}", _told(raised, seen, each), now
            )


def _told(alarm: Alarm, seen: Watch, measured: Measured) -> dict[str, object]:
    shown = asdict(alarm)
    del shown["cleared_at"]
    return shown | {
        "raised_at": alarm.raised_at.astimezone(UTC).isoformat(),
        "published_at": seen.published_at.astimezone(UTC).isoformat(),
        "previous": seen.previous,
        "baseline": seen.baseline.value,
        "before_share": measured.before_share,
        "now_share": measured.now_share,
    }
