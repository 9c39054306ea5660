"""Conflicts: where claims met, who settled it, and how long that took."""

from __future__ import annotations

import numpy as np

from service.db import reports
from service.reports.facts import Facts, Numbers, Truths
from service.reports.measures import Count, quantiles
from service.reports.report import DAY, KIND, POOL, REP, RULE, SOURCE, Report, texts

_CONFLICT = texts(
    "conflict", "The entry of the rulebook's conflicts section that decided; none: precedence did."
)


def _by_rulebook(facts: Facts) -> Truths:
    return facts.is_in("kind", "claims")


def _to_settle(facts: Facts) -> Numbers:
    took = facts.numbers("settled") - facts.numbers("received")
    return np.where(facts.judged(_by_rulebook), np.nan, took)


REPORT = Report(
    name="conflicts",
    title="Conflicts and time to resolve",
    about="Decisions of the period in which a rule that lost claimed the contact for somebody else, or the "
    "conflicts section decided (kind `claims`: settled at once by the rulebook); questions asked of a person "
    "in the period (`question`); disputes opened in it (`dispute`).",
    read=reports.contested,
    dimensions=(KIND, _CONFLICT, RULE, REP, POOL, SOURCE, DAY),
    measures=(
        Count(name="conflicts", text="All of them."),
        Count(
            name="by_rulebook",
            text="Those that the rulebook settled at once.",
            test=_by_rulebook,
        ),
        Count(
            name="questions",
            text="Those that were a question.",
            test=lambda facts: facts.is_in("kind", "question"),
        ),
        Count(
            name="disputes",
            text="Those that were a dispute.",
            test=lambda facts: facts.is_in("kind", "dispute"),
        ),
        Count(
            name="open",
            text="Questions and disputes that are not settled.",
            test=lambda facts: ~facts.judged(_by_rulebook) & ~facts.has("settled"),
        ),
        *quantiles(
            "resolve", "From the question or the dispute to its end, of those that have one", _to_settle
        ),
    ),
)
