"""Observations as a design matrix, and a policy's points as its coefficients.

A level is a column that is 1 or 0. A curve is a column for its first height
and a ramp for each stretch between two of its points, so that a coefficient
is a step up or down and a sign keeps the curve monotone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.features import Observation
from matching.policy import MatchPolicy
from matching.types import EvidenceKind

KNOTS: dict[str, tuple[tuple[float, ...], int]] = {
    "name_words.anchored": ((0.0, 0.3, 0.6, 0.8, 1.0), +1),
    "name_words.alone": ((0.0, 0.3, 0.5, 0.7, 0.85, 1.0), +1),
    "name_spelling.anchored": ((0.2, 0.5, 0.8, 1.0), +1),
    "name_spelling.alone": ((0.3, 0.5, 0.7, 0.85, 1.0), +1),
    "name_missing.anchored": ((0.0, 0.3, 0.6, 1.0), -1),
    "name_missing.alone": ((0.0, 0.15, 0.3, 0.6, 1.0), -1),
    "name_extra.anchored": ((0.0, 0.3, 0.6, 1.0), -1),
    "name_extra.alone": ((0.0, 0.15, 0.3, 0.6, 1.0), -1),
    "name_swapped.alone": ((0.0, 0.15, 0.3, 0.6, 1.0), -1),
    "name_swapped.anchored": ((0.0, 0.15, 0.3, 0.6, 1.0), -1),
    "name_taken.anchored": ((0.0, 0.1, 0.25, 0.5, 0.8), -1),
    "name_taken.free.anchored": ((0.0, 0.1, 0.25, 0.5, 0.8), -1),
    "name_taken.free.alone": ((0.0, 0.02, 0.1, 0.3), -1),
    "name_part.alone": ((0.0, 0.3, 0.6, 1.0), -1),
    "name_part.anchored": ((0.0, 0.3, 0.6, 1.0), -1),
    "name_taken.alone": ((0.0, 0.02, 0.1, 0.3), -1),
    "domain_contact.any": ((0.0, 0.15, 0.3, 0.6, 0.9), -1),
    "name_rarity.same": ((0.2, 0.5, 0.8, 1.1, 1.5, 2.5), +1),
    "name_rarity.alone": ((0.0, 0.4, 0.7, 1.0, 1.5, 2.5), +1),
    "domain_name.fresh": ((0.0, 0.3, 0.5, 0.65, 0.75, 0.85, 0.95, 1.0), +1),
    "domain_name.other": ((0.0, 0.3, 0.5, 0.65, 0.75, 0.85, 0.95, 1.0), +1),
    "account_domain_name.any": ((0.0, 0.3, 0.5, 0.65, 0.75, 0.85, 0.95, 1.0), +1),
}
"""The curves: where their points stand, and whether they rise (+1) or fall (-1)."""


FROM_ZERO = frozenset(KNOTS) - {
    "name_words.anchored", "name_words.alone", "domain_contact.any", "domain_name.fresh",
    "domain_name.other", "account_domain_name.any",
}  # fmt: skip
"""Curves that start at 0 points: what they start from another evidence says, seen together with them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns: levels first, then each curve's first height and its steps."""

    levels: tuple[tuple[EvidenceKind, str], ...]

    @property
    def columns(self) -> dict[object, int]:
        names: list[object] = list(self.levels)
        for name, (knots, _) in KNOTS.items():
            names += [(name, place) for place in range(len(knots))]
        return {name: place for place, name in enumerate(names)}


def row(layout: dict[object, int], observations: Iterable[Observation]) -> NDArray[np.float32]:
    """Return one candidate's observations as a row."""
    out = np.zeros(len(layout), dtype=np.float32)
    for item in observations:
        if item.value is None:
            place = layout.get((item.kind, item.level))
            if place is not None:
                out[place] += 1.0
            continue
        name = f"{item.kind}.{item.level}"
        if name not in KNOTS:
            continue
        knots, _ = KNOTS[name]
        out[layout[(name, 0)]] += 1.0
        for place in range(1, len(knots)):
            low, high = knots[place - 1], knots[place]
            out[layout[(name, place)]] += min(1.0, max(0.0, (item.value - low) / (high - low)))
    return out


def coefficients(layout: dict[object, int], policy: MatchPolicy) -> NDArray[np.float64]:
    """Return the coefficients that a policy's points amount to."""
    out = np.zeros(len(layout))
    for name, place in layout.items():
        if isinstance(name, tuple) and isinstance(name[0], EvidenceKind):
            out[place] = policy.levels.get(name[0], {}).get(name[1], 0.0)
    for curve, (knots, _) in KNOTS.items():
        kind, _, level = curve.partition(".")
        heights = [policy.curve(EvidenceKind(kind), level, knot) for knot in knots]
        out[layout[(curve, 0)]] = heights[0]
        for place in range(1, len(knots)):
            out[layout[(curve, place)]] = heights[place] - heights[place - 1]
    return out


def bounds(
    layout: dict[object, int], signs: dict[tuple[EvidenceKind, str], int]
) -> list[tuple[float | None, float | None]]:
    """Return the bounds that keep curves monotone and given levels on their side of 0."""
    out: list[tuple[float | None, float | None]] = []
    for name in layout:
        sign = 0
        if isinstance(name, tuple) and isinstance(name[0], EvidenceKind):
            sign = signs.get(name, 0)
        elif isinstance(name, tuple) and name[1] > 0:
            sign = KNOTS[name[0]][1]
        elif isinstance(name, tuple) and name[0] in FROM_ZERO:
            out.append((0.0, 0.0))
            continue
        out.append((0.0, None) if sign > 0 else (None, 0.0) if sign < 0 else (None, None))
    return out


def policy_numbers(
    layout: dict[object, int], values: NDArray[np.float64]
) -> tuple[dict[str, dict[str, float]], dict[str, list[list[float]]]]:
    """Return levels and curves, as a policy file has them, of coefficients."""
    levels: dict[str, dict[str, float]] = {}
    curves: dict[str, list[list[float]]] = {}
    for name, place in layout.items():
        if isinstance(name, tuple) and isinstance(name[0], EvidenceKind):
            levels.setdefault(str(name[0]), {})[name[1]] = round(float(values[place]), 2)
    for curve, (knots, _) in KNOTS.items():
        height, pairs = 0.0, []
        for place, knot in enumerate(knots):
            height += float(values[layout[(curve, place)]])
            pairs.append([knot, round(height, 2)])
        curves[curve] = pairs
    return levels, curves
