"""Speed to lead: how long contacts waited for a rep, and for the rep's first touch."""

from __future__ import annotations

from service.db import reports
from service.reports.facts import Facts, Numbers, Truths
from service.reports.measures import Count, Share, quantiles
from service.reports.report import DAY, HOUR, POOL, REP, RULE, SOURCE, TIER, WEEKDAY, Report


def _touched(facts: Facts) -> Truths:
    return facts.has("touched")


def _to_touch(facts: Facts) -> Numbers:
    return facts.numbers("touched") - facts.numbers("received")


def _to_assignment(facts: Facts) -> Numbers:
    return facts.numbers("assigned") - facts.numbers("received")


def _to_acceptance(facts: Facts) -> Numbers:
    return facts.numbers("accepted") - facts.numbers("assigned")


REPORT = Report(
    name="speed-to-lead",
    title="Speed to lead",
    about="Assignments that began in the period, each with the event that its decision was about. A contact "
    "that passed through several hands has an assignment for each.",
    read=reports.assignments,
    dimensions=(POOL, REP, TIER, HOUR, DAY, WEEKDAY, SOURCE, RULE),
    measures=(
        Count(name="assigned", text="Assignments that began in the period."),
        Count(
            name="touched",
            text="Those that the assignee has touched.",
            test=_touched,
        ),
        Share(
            name="touched_share",
            text="The part of them that the assignee has touched.",
            test=_touched,
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
