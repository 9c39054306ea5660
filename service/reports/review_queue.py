"""The review queue: what waits for a person or a time, and for how long."""

from __future__ import annotations

from service.db import reports
from service.reports.measures import Count, Fact, Quantile, quantiles
from service.reports.report import DAY, KIND, RULE, SOURCE, Report


def _open(fact: Fact) -> bool:
    return fact.settled is None


def _age(fact: Fact) -> float | None:
    return float(fact.now - fact.received) if _open(fact) else None


def _to_settle(fact: Fact) -> float | None:
    return None if _open(fact) or fact.replaced else float(fact.settled - fact.received)


REPORT = Report(
    name="review-queue",
    title="Review queue and its age",
    about="Matters that are open now, and those that ended in the period: uncertain matches (kind `review`), "
    "questions (`asked`), contacts that wait for a time or for someone (`held`).",
    read=lambda connection, span, now: reports.waits(connection, span.since, span.until, now),
    dimensions=(KIND, RULE, SOURCE, DAY),
    measures=(
        Count(name="open", text="Matters that wait now.", test=_open),
        Count(name="overdue", text="Those open whose time has passed.", test=lambda fact: bool(fact.overdue)),
        *quantiles("age", "How long the open ones have waited", _age),
        Quantile(name="oldest", text="How long the oldest open one has waited.", q=1.0, value=_age),
        Count(
            name="settled",
            text="Matters that a person or a clock settled in the period.",
            test=lambda fact: not _open(fact) and not fact.replaced,
        ),
        Count(
            name="replaced",
            text="Matters that ended in the period because a newer decision took their place.",
            test=lambda fact: bool(fact.replaced),
        ),
        *quantiles("settle", "From the decision to its settlement, of those settled", _to_settle),
    ),
)
