"""Figures about work that waits: what an alarm should watch is the age of the oldest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from service.db import alarms, inbox, outbox, rulebooks, timers
from service.db.engine import Database
from service.metrics import Gauge


def gauges(database: Database, now: Callable[[], datetime]) -> list[Gauge]:
    """Read the figures. Ages are in seconds, 0 when nothing waits.

    A worker that is alive but idle shows here and nowhere else: alarm when
    ``muster_inbox_oldest_seconds`` is above 60.
    """
    at = now()
    with database.read() as connection:
        published = rulebooks.publications(connection, limit=1)
        alarmed = alarms.standing(connection, published[0].id) if published else 0
        items, messages = inbox.counts(connection), outbox.counts(connection)
        oldest_item, oldest_message = inbox.oldest_waiting(connection), outbox.oldest_waiting(connection)
        oldest_timer = timers.oldest_due(connection, at)
    return [
        Gauge(
            name="muster_inbox_oldest_seconds",
            description="Age of the oldest webhook item that is not decided.",
            value=_age(oldest_item, at),
        ),
        Gauge(
            name="muster_inbox_waiting",
            description="Webhook items that are not decided.",
            value=_sum(items, inbox.State.WAITING),
        ),
        Gauge(
            name="muster_inbox_quarantined",
            description="Webhook items that wait for a person.",
            value=_sum(items, inbox.State.QUARANTINED),
        ),
        Gauge(
            name="muster_outbox_oldest_seconds",
            description="Age of the oldest message that is not delivered.",
            value=_age(oldest_message, at),
        ),
        Gauge(
            name="muster_outbox_waiting",
            description="Messages that are not delivered.",
            value=_sum(messages, outbox.State.WAITING) + _sum(messages, outbox.State.SENDING),
        ),
        Gauge(
            name="muster_outbox_dead",
            description="Messages that were given up.",
            value=_sum(messages, outbox.State.DEAD),
        ),
        Gauge(
            name="muster_rulebook_alarms",
            description="Shares that have drifted since the live rulebook was published.",
            value=alarmed,
        ),
        Gauge(
            name="muster_timers_oldest_seconds",
            description="How long the longest overdue timer of a clock has been due.",
            value=_age(oldest_timer, at),
        ),
    ]


def _sum(counts: dict[tuple[str, str], int], state: str) -> int:
    return sum(count for (_, found), count in counts.items() if found == state)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
