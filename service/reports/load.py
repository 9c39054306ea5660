"""Load: what each rep has to act on, and what was given to them."""

from __future__ import annotations

from service.db import reports
from service.db.assignments import Status
from service.reports.facts import Facts, Test, Truths
from service.reports.measures import Count
from service.reports.report import DAY, POOL, REP, RULE, SOURCE, TIER, Report


def _open(facts: Facts) -> Truths:
    return ~facts.has("ended")


def _given(facts: Facts) -> Truths:
    assigned = facts.numbers("assigned")
    return (assigned >= facts.since) & (assigned < facts.until)


def _became(*statuses: Status) -> Test:
    return lambda facts: facts.judged(_given) & facts.is_in("status", *statuses)


REPORT = Report(
    name="load",
    title="Load",
    about="Assignments that are open now, and those that began in the period.",
    read=reports.carried,
    dimensions=(REP, POOL, TIER, DAY, SOURCE, RULE),
    measures=(
        Count(
            name="open",
            text="Assignments that are the rep's to act on now.",
            test=_open,
        ),
        Count(
            name="untouched",
            text="Those open that were not touched.",
            test=lambda facts: facts.judged(_open) & ~facts.has("touched"),
        ),
        Count(
            name="overdue",
            text="Those open whose due time has passed.",
            test=lambda facts: facts.judged(_open) & (facts.numbers("due") < facts.now),
        ),
        Count(name="given", text="Assignments that began in the period.", test=_given),
        Count(name="completed", text="Those given that were dealt with.", test=_became(Status.COMPLETED)),
        Count(name="rejected", text="Those given that the rep gave back.", test=_became(Status.REJECTED)),
        Count(
            name="passed_on",
            text="Those given that another rep, or nobody, has now.",
            test=_became(Status.REASSIGNED, Status.WITHDRAWN),
        ),
    ),
)
