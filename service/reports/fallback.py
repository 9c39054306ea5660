"""Fallback: how much of what came in no rule was written for, and how much found no account."""

from __future__ import annotations

from collections.abc import Iterator

from matching.types import MatchOutcome
from routing.types.decision import FALLBACK, RoutingOutcome
from service.db import reports
from service.reports.facts import Test
from service.reports.measures import Count, Measure, Share
from service.reports.report import DAY, HOUR, POOL, REP, RULE, SOURCE, TIER, Report


def _both(name: str, what: str, test: Test) -> Iterator[Measure]:
    yield Count(name=name, text=f"Decisions {what}.", test=test)
    yield Share(name=f"{name}_share", text=f"The part of the decisions {what}.", test=test)


def _matched(outcome: MatchOutcome) -> Test:
    return lambda facts: facts.is_in("match_outcome", outcome)


def _routed(outcome: RoutingOutcome) -> Test:
    return lambda facts: facts.is_in("routing_outcome", outcome)


REPORT = Report(
    name="fallback",
    title="Fallback and unmatched share",
    about="Decisions of the period on events from outside. What a person or a clock had decided again is not "
    "counted twice, nor is an event that was older than what was decided.",
    read=reports.decided,
    dimensions=(SOURCE, DAY, HOUR, RULE, POOL, REP, TIER),
    measures=(
        Count(name="decided", text="Decisions of the period."),
        *_both("matched", "that found the account", _matched(MatchOutcome.MATCHED)),
        *_both("review", "whose account a person should confirm", _matched(MatchOutcome.REVIEW)),
        *_both("unmatched", "that found no account", _matched(MatchOutcome.UNMATCHED)),
        *_both("fallback", "that only the fallback took", lambda facts: facts.is_in("rule", FALLBACK)),
        *_both("assigned", "that put the contact in a rep's hands", _routed(RoutingOutcome.ASSIGNED)),
        *_both("held", "that held the contact", _routed(RoutingOutcome.HELD)),
        *_both("asked", "that asked a person first", _routed(RoutingOutcome.ASKED)),
        *_both("queued", "that put the contact in a queue", _routed(RoutingOutcome.QUEUED)),
        *_both("rejected", "that turned the contact away", _routed(RoutingOutcome.REJECTED)),
    ),
)
