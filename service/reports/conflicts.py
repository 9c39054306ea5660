"""Conflicts: where claims met, who settled it, and how long that took."""

from __future__ import annotations

from service.db import reports
from service.reports.measures import Count, Fact, quantiles
from service.reports.report import DAY, KIND, POOL, REP, RULE, SOURCE, Dimension, Report

_CONFLICT = Dimension(
    name="conflict",
    text="The entry of the rulebook's conflicts section that decided; none: precedence did.",
    of=lambda fact, _: fact.conflict,
)


def _person(fact: Fact) -> bool:
    return bool(fact.kind != "claims")


def _to_settle(fact: Fact) -> float | None:
    return float(fact.settled - fact.received) if _person(fact) and fact.settled is not None else None


REPORT = Report(
    name="conflicts",
    title="Conflicts and time to resolve",
    about="Decisions of the period in which a rule that lost claimed the contact for somebody else, or the "
    "conflicts section decided (kind `claims`: settled at once by the rulebook); questions asked of a person "
    "in the period (`question`); disputes opened in it (`dispute`).",
    read=lambda connection, span, _: reports.contested(connection, span.since, span.until),
    dimensions=(KIND, _CONFLICT, RULE, REP, POOL, SOURCE, DAY),
    measures=(
        Count(name="conflicts", text="All of them.", test=lambda _: True),
        Count(
            name="by_rulebook",
            text="Those that the rulebook settled at once.",
            test=lambda fact: not _person(fact),
        ),
        Count(
            name="questions", text="Those that were a question.", test=lambda fact: fact.kind == "question"
        ),
        Count(name="disputes", text="Those that were a dispute.", test=lambda fact: fact.kind == "dispute"),
        Count(
            name="open",
            text="Questions and disputes that are not settled.",
            test=lambda fact: _person(fact) and fact.settled is None,
        ),
        *quantiles(
            "resolve", "From the question or the dispute to its end, of those that have one", _to_settle
        ),
    ),
)
