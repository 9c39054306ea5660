"""SLA attainment: of what was promised for the period, how much was kept."""

from __future__ import annotations

from service.db import reports
from service.db.assignments import Status
from service.reports.measures import Count, Fact, Share, quantiles
from service.reports.report import DAY, POOL, REP, RULE, SOURCE, TIER, Report

_PASSED_ON = (Status.REASSIGNED, Status.WITHDRAWN, Status.REJECTED)


def _acted(fact: Fact) -> float | None:
    """When the rep first acted on it, if ever: a touch, or else the end of the work."""
    acted = fact.touched
    if acted is None and fact.status == Status.COMPLETED:
        acted = fact.ended
    return None if acted is None else float(acted)


def _met(fact: Fact) -> bool:
    acted = _acted(fact)
    return acted is not None and acted <= fact.due


def _passed_on(fact: Fact) -> bool:
    """Whether it left the rep's hands in time and untouched: no promise of this rep's any more."""
    return _acted(fact) is None and fact.status in _PASSED_ON and fact.ended < fact.due


def _missed(fact: Fact) -> bool:
    return not _met(fact) and not _passed_on(fact) and fact.due <= fact.now


def _late(fact: Fact) -> float | None:
    acted = _acted(fact)
    return None if acted is None or acted <= fact.due else float(acted - fact.due)


REPORT = Report(
    name="sla",
    title="SLA attainment",
    about="Assignments with a due time in the period. A promise is kept when the assignee touches the "
    "contact, or completes it, by the due time.",
    read=lambda connection, span, now: reports.promised(connection, span.since, span.until, now),
    dimensions=(POOL, REP, TIER, DAY, SOURCE, RULE),
    measures=(
        Count(name="due", text="Assignments with a due time in the period.", test=lambda _: True),
        Count(name="met", text="Those that were acted on by their due time.", test=_met),
        Count(
            name="missed",
            text="Those whose due time passed before the assignee acted: acted on late, or not at all.",
            test=_missed,
        ),
        Count(
            name="running",
            text="Those whose due time is still to come.",
            test=lambda fact: not _met(fact) and not _missed(fact) and not _passed_on(fact),
        ),
        Count(
            name="passed_on",
            text="Those that were in other hands before they were due: neither met nor missed.",
            test=_passed_on,
        ),
        Share(
            name="attainment",
            text="The part that was met, of those met or missed.",
            test=_met,
            among=lambda fact: _met(fact) or _missed(fact),
        ),
        *quantiles("late", "How much too late, of those that were acted on late", _late),
    ),
)
