"""Speed to lead: how long contacts waited for a rep, and for the rep's first touch."""

from __future__ import annotations

from service.db import reports
from service.reports.measures import Count, Fact, Share, quantiles
from service.reports.report import DAY, HOUR, POOL, REP, RULE, SOURCE, TIER, WEEKDAY, Report


def _to_touch(fact: Fact) -> float | None:
    return None if fact.touched is None else float(fact.touched - fact.received)


def _to_assignment(fact: Fact) -> float:
    return float(fact.assigned - fact.received)


def _to_acceptance(fact: Fact) -> float | None:
    return None if fact.accepted is None else float(fact.accepted - fact.assigned)


REPORT = Report(
    name="speed-to-lead",
    title="Speed to lead",
    about="Assignments that began in the period, each with the event that its decision was about. A contact "
    "that passed through several hands has an assignment for each.",
    read=lambda connection, span, _: reports.assignments(connection, span.since, span.until),
    dimensions=(POOL, REP, TIER, HOUR, DAY, WEEKDAY, SOURCE, RULE),
    measures=(
        Count(name="assigned", text="Assignments that began in the period.", test=lambda _: True),
        Count(
            name="touched",
            text="Those that the assignee has touched.",
            test=lambda fact: fact.touched is not None,
        ),
        Share(
            name="touched_share",
            text="The part of them that the assignee has touched.",
            test=lambda fact: fact.touched is not None,
        ),
        *quantiles(
            "touch",
            "From when the contact came in to the assignee's first touch, of those touched",
            _to_touch,
        ),
        *quantiles("assign", "From when the contact came in to its assignment", _to_assignment),
        *quantiles("accept", "From the assignment to its acceptance, of those accepted", _to_acceptance),
    ),
)
