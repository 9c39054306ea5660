"""Choosing one rep among several items of a collection, never by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from routing.conditions import Condition
from routing.fields import Collection, Scope
from routing.rules.base import Away, Request, for_person, is_fit, nobody
from routing.types.decision import Finding, RoutingOutcome
from routing.types.people import RepId


class Several(StrEnum):
    """Which item decides when several are left, of different reps."""

    LATEST = "latest"  # the one with the latest date
    EARLIEST = "earliest"  # the one with the earliest date
    LARGEST = "largest"  # the one with the largest amount
    PERSON = "person"  # none: a person decides, in the review queue


Measure = Callable[[Any], Any]
"""Reads off an item what the choice goes by; None when the item does not have it."""


def choose(
    scope: Scope,
    collection: Collection,
    *,
    kind: str,
    rep_of: Callable[[Any], RepId | None],
    matches: Condition,
    wanted: str,
    several: Several,
    measure: Measure,
    away: Away,
    tie_queue: str,
) -> Request:
    """Return the request for the rep of the item that decides.

    Items of reps who are unknown, inactive or have rejected the contact do not
    count. When the choice leaves several reps level, a person decides: the
    request is for the review queue, with the tie as its finding.
    """
    held = [item for item in collection.items(scope) if matches(scope, item)[0]]
    if not held:
        return nobody(kind, collection.name, wanted, f"none of {len(collection.items(scope))}")
    usable = [item for item in held if (rep := rep_of(item)) is not None and is_fit(scope, rep)]
    if not usable:
        unfit = _reps(held, rep_of)
        return for_person(scope, unfit[0] if unfit else None, kind=kind, source=collection.name, away=away)
    best = usable if several is Several.PERSON else _foremost(usable, measure, several)
    reps = _reps(best, rep_of)
    if len(reps) == 1:
        return for_person(scope, reps[0], kind=kind, source=collection.name, away=away)
    tie = Finding(
        field=collection.name,
        operator="names one rep, going by the",
        wanted=several.value,
        actual=", ".join(reps),
    )
    return Request(kind=kind, outcome=RoutingOutcome.QUEUED, queue=tie_queue, finding=tie)


def _reps(items: Sequence[Any], rep_of: Callable[[Any], RepId | None]) -> list[RepId]:
    """Return the reps of items, each once, in an order that the items' does not change."""
    return sorted({rep for item in items if (rep := rep_of(item)) is not None})


def _foremost(items: Sequence[Any], measure: Measure, several: Several) -> list[Any]:
    measured = [(value, item) for item in items if (value := measure(item)) is not None]
    if not measured:
        return list(items)
    values = [value for value, _ in measured]
    best = min(values) if several is Several.EARLIEST else max(values)
    return [item for value, item in measured if value == best]
