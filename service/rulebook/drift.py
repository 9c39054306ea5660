"""Whether shares are what they were: a two-proportion test that does not cry wolf. Pure.

An alarm needs four things: enough decisions on both sides, enough of them that
the measure is about, a difference that matters (a ratio and some points), and one
that chance does not make. The test is looked at again every minute while
contacts come in, for many measures, so its level is small and shared by them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import NormalDist

from matching.types import MatchOutcome
from routing.types.decision import FALLBACK, RoutingOutcome
from service.db.shares import Counted

FEWEST = 50
"""Decisions on either side below which nothing is said."""
EXPECTED = 5.0
"""Decisions that a measure must have, or be expected to have, for the normal curve to fit."""
RATIO = 1.5
POINTS = 0.02
LEVEL = 0.0005
"""The chance of a false alarm at one look, over all measures together."""


class Kind(StrEnum):
    """What a measure is the share of. A rule's measure is called ``rule:`` and its id."""

    FALLBACK = "fallback"  # no rule but the fallback took the contact
    UNMATCHED = "unmatched"  # no account was found
    REVIEW = "review"  # a person should confirm the account
    HELD = "held"  # kept until a time, or until someone is available
    QUEUED = "queued"
    REJECTED = "rejected"
    RULE = "rule"  # a rule decided


_BY_MATCH = {MatchOutcome.UNMATCHED: Kind.UNMATCHED, MatchOutcome.REVIEW: Kind.REVIEW}
_BY_ROUTING = {
    RoutingOutcome.HELD: Kind.HELD,
    RoutingOutcome.QUEUED: Kind.QUEUED,
    RoutingOutcome.REJECTED: Kind.REJECTED,
}
PLAIN = tuple(kind for kind in Kind if kind is not Kind.RULE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many decisions there were, and how many of them each measure is about."""

    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measure on both sides. Shares are from 0 to 1; ``z`` is None where nothing can be said.

    ``drifted`` is the alarm. ``known`` says that the rule was there before too:
    one that is new or gone moves by design and raises none.
    """

    measure: str
    now_count: int
    now_share: float
    before_count: int
    before_share: float
    z: float | None
    drifted: bool
    known: bool


def shares(counted: Iterable[Counted]) -> Shares:
    """Sum up what rules decided."""
    counts: dict[str, int] = {}
    total = 0
    for each in counted:
        total += each.decisions
        about = [f"{Kind.RULE}:{each.rule}" if each.rule != FALLBACK else Kind.FALLBACK.value]
        about += [kind.value for outcome, kind in _BY_MATCH.items() if outcome == each.match]
        about += [kind.value for outcome, kind in _BY_ROUTING.items() if outcome == each.routing]
        for measure in about:
            counts[measure] = counts.get(measure, 0) + each.decisions
    return Shares(total=total, counts=counts)


def compare(before: Shares, now: Shares, known: frozenset[str]) -> list[Measured]:
    """Every measure of either side: the plain ones first, then rules, the most frequent first.

    ``known`` are the rules that stand in both rulebooks.
    """
    rules = {name for name in (*before.counts, *now.counts) if name.startswith(f"{Kind.RULE}:")}
    in_order = sorted(rules, key=lambda name: (-now.counts.get(name, 0), name))
    measures = [*(kind.value for kind in PLAIN), *in_order]
    limit = -NormalDist().inv_cdf(LEVEL / 2 / len(measures))
    return [_measured(name, before, now, known, limit) for name in measures]


def _measured(name: str, before: Shares, now: Shares, known: frozenset[str], limit: float) -> Measured:
    was, there = before.counts.get(name, 0), now.counts.get(name, 0)
    old, new = _share(was, before.total), _share(there, now.total)
    rule = name.removeprefix(f"{Kind.RULE}:") if name.startswith(f"{Kind.RULE}:") else None
    z = score(was, before.total, there, now.total)
    return Measured(
        measure=name,
        now_count=there,
        now_share=new,
        before_count=was,
        before_share=old,
        z=None if z is None else round(z, 2),
        drifted=z is not None and abs(z) >= limit and _matters(old, new) and (rule is None or rule in known),
        known=rule is None or rule in known,
    )


def score(was: int, of: int, there: int, among: int) -> float | None:
    """How many standard deviations the shares ``there / among`` and ``was / of`` are apart; None: too few."""
    if min(of, among) < FEWEST:
        return None
    pooled = (was + there) / (of + among)
    if min(pooled, 1 - pooled) * min(of, among) < EXPECTED:
        return None
    spread = math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / among))
    return (there / among - was / of) / spread


def _matters(old: float, new: float) -> bool:
    low, high = sorted((old, new))
    return high - low >= POINTS and high >= RATIO * low


def _share(count: int, total: int) -> float:
    return round(count / total, 4) if total else 0.0
