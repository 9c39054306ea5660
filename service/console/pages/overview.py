"""The overview: what came in, what became of it, what waits, and who has how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response

from routing.rulebook import FALLBACK
from service.console.visit import Visit
from service.db import console, outbox

PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
DAYS = 14
TONES = {"assigned": "good", "held": "warn", "asked": "ask", "queued": "info", "rejected": "quiet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a day's bar. ``low`` and ``high`` are shares of the highest day."""

    outcome: str
    count: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the chart."""

    day: date
    total: int
    segments: tuple[Segment, ...]


def overview(visit: Visit) -> Response:
    """The figures of a period, the chart of two weeks, what waits longest, the load per rep."""
    period = visit.query.get("period", "week")
    now = visit.services.now()
    since = now - PERIODS.get(period, PERIODS["week"])
    with visit.services.database.read() as connection:
        matched, routed = console.outcomes(connection, since)
        return visit.show(
            "overview_live.html" if visit.fragment else "overview.html",
            period=period if period in PERIODS else "week",
            matched=matched,
            routed=routed,
            total=sum(routed.values()),
            fallbacks=console.fallbacks(connection, since, FALLBACK),
            days=_days(console.by_day(connection, _first_day(now), now.date()), now),
            tones=TONES,
            waiting=console.open_counts(connection),
            oldest=console.oldest_open(connection, 6),
            loads=console.loads(connection, now, since),
            undelivered=sum(outbox.counts(connection).values()),
        )


def _first_day(now: datetime) -> date:
    return now.date() - timedelta(days=DAYS - 1)


def _days(counts: dict[date, dict[str, int]], now: datetime) -> tuple[Day, ...]:
    """The last days, the oldest first, also those on which nobody came in; none when nobody ever did."""
    highest = max((sum(found.values()) for found in counts.values()), default=0)
    dates = [now.date() - timedelta(days=back) for back in reversed(range(DAYS))]
    return tuple(_day(each, counts.get(each, {}), highest) for each in dates) if highest else ()


def _day(day: date, found: dict[str, int], highest: int) -> Day:
    segments = []
    below = 0
    for outcome in TONES:
        count = found.get(outcome, 0)
        if count:
            low, high = below / highest, (below + count) / highest
            segments.append(Segment(outcome=outcome, count=count, low=low, high=high))
            below += count
    return Day(day=day, total=below, segments=tuple(segments))
