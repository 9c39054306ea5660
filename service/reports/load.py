"""Load: what each rep has to act on, and what was given to them."""

from __future__ import annotations

from service.db import reports
from service.db.assignments import Status
from service.reports.measures import Count, Test
from service.reports.report import DAY, POOL, REP, RULE, SOURCE, TIER, Report


def _became(*statuses: Status) -> Test:
    return lambda fact: bool(fact.given) and fact.status in statuses


REPORT = Report(
    name="load",
    title="Load",
    about="Assignments that are open now, and those that began in the period.",
    read=lambda connection, span, now: reports.carried(connection, span.since, span.until, now),
    dimensions=(REP, POOL, TIER, DAY, SOURCE, RULE),
    measures=(
        Count(
            name="open",
            text="Assignments that are the rep's to act on now.",
            test=lambda fact: fact.ended is None,
        ),
        Count(
            name="untouched",
            text="Those open that were not touched.",
            test=lambda fact: fact.ended is None and fact.touched is None,
        ),
        Count(
            name="overdue", text="Those open whose due time has passed.", test=lambda fact: bool(fact.overdue)
        ),
        Count(name="given", text="Assignments that began in the period.", test=lambda fact: bool(fact.given)),
        Count(name="completed", text="Those given that were dealt with.", test=_became(Status.COMPLETED)),
        Count(name="rejected", text="Those given that the rep gave back.", test=_became(Status.REJECTED)),
        Count(
            name="passed_on",
            text="Those given that another rep, or nobody, has now.",
            test=_became(Status.REASSIGNED, Status.WITHDRAWN),
        ),
    ),
)
