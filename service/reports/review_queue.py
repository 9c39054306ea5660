"""The review queue: what waits for a person or a time, and for how long."""

from __future__ import annotations

import numpy as np

from service.db import reports
from service.reports.facts import Facts, Numbers, Truths
from service.reports.measures import Count, Quantile, quantiles
from service.reports.report import DAY, KIND, RULE, SOURCE, Report


def _open(facts: Facts) -> Truths:
    return ~facts.has("settled")


def _replaced(facts: Facts) -> Truths:
    return facts.is_in("settled_by", "decision")


def _settled(facts: Facts) -> Truths:
    return ~facts.judged(_open) & ~facts.judged(_replaced)


def _age(facts: Facts) -> Numbers:
    return np.where(facts.judged(_open), facts.now - facts.numbers("received"), np.nan)


def _to_settle(facts: Facts) -> Numbers:
    took = facts.numbers("settled") - facts.numbers("received")
    return np.where(facts.judged(_settled), took, np.nan)


REPORT = Report(
    name="review-queue",
    title="Review queue and its age",
    about="Matters that are open now, and those that ended in the period: uncertain matches (kind `review`), "
    "questions (`asked`), contacts that wait for a time or for someone (`held`).",
    read=reports.waits,
    dimensions=(KIND, RULE, SOURCE, DAY),
    measures=(
        Count(name="open", text="Matters that wait now.", test=_open),
        Count(
            name="overdue",
            text="Those open whose time has passed.",
            test=lambda facts: facts.judged(_open) & (facts.numbers("due") < facts.now),
        ),
        *quantiles("age", "How long the open ones have waited", _age),
        Quantile(name="oldest", text="How long the oldest open one has waited.", q=1.0, value=_age),
        Count(
            name="settled",
            text="Matters that a person or a clock settled in the period.",
            test=_settled,
        ),
        Count(
            name="replaced",
            text="Matters that ended in the period because a newer decision took their place.",
            test=_replaced,
        ),
        *quantiles("settle", "From the decision to its settlement, of those settled", _to_settle),
    ),
)
