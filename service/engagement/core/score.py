"""The score of an account: its signals in points, each of which counts half after its half-life.

Of each kind, what was heard on a day counts as ``min(weight, most a day)``, with weights in thousandths of a
signal, and decays by whole days from then on::

    decayed(day) = sum over days d up to it: min(weight of d, most) / 1000 * 2 ** -((day - d) / half-life)
    score(day)   = sum over kinds: points * decayed(day)

As decay is exponential, a sum that was made for one day gives that of any later day by one factor: so only
one number for each account and kind is kept (`Sum`), made anew from the days when a signal comes, however
late. The order of signals makes no difference, and repeats are left out before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.program.core.settings import Engagement, SignalRule

WHOLE = 1000
"""The weight of a signal of full strength."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """The decayed sum of an account's signals of a kind, in signals, as of ``day``.

    ``half_life`` and ``most_a_day`` are those of the rule that it was made by.
    """

    kind: str
    day: int
    value: float
    half_life: float
    most_a_day: int


def summed(kind: str, weights: Mapping[int, int], rule: SignalRule) -> Sum | None:
    """The sum of a kind's weights by day, as of the newest; None where nothing counts."""
    days = sorted(day for day, weight in weights.items() if weight > 0)
    if not days:
        return None
    most, last = rule.most_a_day * WHOLE, days[-1]
    value = sum(min(weights[day], most) / WHOLE * _left(last - day, rule.half_life) for day in days)
    return Sum(kind=kind, day=last, value=value, half_life=rule.half_life, most_a_day=rule.most_a_day)


def points(one: Sum, settings: Engagement, day: int) -> float:
    """The points of a kind on a day; as they were on its newest day for a day before that."""
    left = _left(max(0, day - one.day), one.half_life)
    return settings.rule(one.kind).points * one.value * left


def score(sums: Iterable[Sum], settings: Engagement, day: int) -> float:
    """The score of an account on a day, to three places."""
    return round(sum(points(one, settings, day) for one in sorted(sums, key=lambda one: one.kind)), 3)


def _left(days: int, half_life: float) -> float:
    """What is left of a signal after so many days."""
    return float(2.0 ** -(days / half_life))
