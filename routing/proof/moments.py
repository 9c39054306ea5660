"""The moments at which a rulebook may decide differently: the clock as finitely many cases.

Rules begin and end, dates in conditions pass, hours and weekdays come round.
Between two such points a condition on the clock alone does not change, so one
moment for each stretch from now on, and in it one for each way in which the
conditions on hour and weekday come out, stand for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from matching.types import Contact, MatchOutcome, MatchReason
from routing.compiled import Rulebook
from routing.conditions import All, Any_, Condition, Count, Named, Not, Test, Tree, compile_condition
from routing.durations import Window
from routing.fields import Scope
from routing.types.facts import MatchFacts, RoutingFacts

MAX_STRETCHES = 40
"""Stretches of time that are told apart at most."""

_NOTHING = RoutingFacts(
    contact=Contact(company="anything"),
    email_domain=None,
    match=MatchFacts(
        outcome=MatchOutcome.UNMATCHED, reason=MatchReason.NO_CANDIDATE, score=0.0, account_id=None
    ),
)
"""Facts for conditions that ask about the clock alone."""

_GRID = [timedelta(hours=hour) for hour in range(8 * 24)]


def moments(rulebook: Rulebook, now: datetime) -> tuple[datetime, ...]:
    """Return the moments to reason about, ``now`` first; whole seconds, in UTC."""
    trees = [rule.tree for rule in rulebook.rules]
    trees += [row.tree for table in rulebook.tables for row in table.rows]
    tests = list({id(t): t for tree in trees for t in tests_of(tree)}.values())
    now = now.astimezone(UTC).replace(microsecond=0)
    starts = [now, *sorted(p for p in set(_turns(rulebook, trees)) if p > now)][:MAX_STRETCHES]
    clock = [compile_condition(t) for t in tests if t.field.name.startswith("now.")]
    if not clock:
        return tuple(starts)
    found: list[datetime] = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else datetime.max.replace(tzinfo=UTC)
        found += _telling(start, end, clock, rulebook)
    return tuple(found)


def tests_of(tree: Tree) -> Iterator[Test]:
    """Yield every comparison of a tree, those on items too."""
    match tree:
        case Test():
            yield tree
        case All(parts=parts) | Any_(parts=parts):
            for part in parts:
                yield from tests_of(part)
        case Not(part=part) | Named(part=part) | Count(where=part):
            yield from tests_of(part)


def _turns(rulebook: Rulebook, trees: Sequence[Tree]) -> Iterator[datetime]:
    """Yield the moments at which something begins or ends to hold."""
    for rule in rulebook.rules:
        yield from (moment for moment in (rule.start, rule.until) if moment is not None)
    dates = [date for tree in trees for date in dates_of(tree)]
    tests = (test for tree in trees for test in tests_of(tree))
    windows = {test.operand for test in tests if isinstance(test.operand, Window)}
    for date in dates:
        yield date
        for window in windows:
            yield window.after(date, rulebook.zone)


def dates_of(tree: Tree) -> Iterator[datetime]:
    """Yield the moments that a condition compares with."""
    for test in tests_of(tree):
        yield from _dates(test.operand)


def _dates(operand: Any) -> Iterator[datetime]:
    if isinstance(operand, datetime):
        yield operand
    elif isinstance(operand, tuple):
        yield from (part for part in operand if isinstance(part, datetime))


def _telling(
    start: datetime, end: datetime, clock: list[Condition], rulebook: Rulebook
) -> Iterator[datetime]:
    """Yield one moment of a stretch for each way in which the conditions on the clock come out."""
    seen: set[tuple[bool, ...]] = set()
    whole = start.replace(minute=0, second=0) + timedelta(hours=1)
    for moment in (start, *(whole + step for step in _GRID)):
        if moment >= end:
            return
        scope = Scope(_NOTHING, moment, rulebook.zone)
        came_out = tuple(condition(scope, None)[0] for condition in clock)
        if came_out not in seen:
            seen.add(came_out)
            yield moment
