"""A policy as coefficients, and observations as rows: what fits a policy to labelled contacts.

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
from matching.policy import WORD_OF_A_PERSON, MatchPolicy
from matching.types import EvidenceKind

Floats = NDArray[np.float64]
Bound = tuple[float | None, float | None]
"""Least and most points of a column, None where there is no limit."""

FALLING = frozenset(
    (EvidenceKind.NAME_MISSING, EvidenceKind.NAME_EXTRA, EvidenceKind.NAME_SWAPPED, EvidenceKind.NAME_TAKEN,
     EvidenceKind.NAME_PART, EvidenceKind.NAME_CROWD, EvidenceKind.DOMAIN_CONTACT)
)  # fmt: skip
"""Graded evidence whose larger figures speak against an account; those of all other speak for it."""


@dataclass(frozen=True, slots=True)
class Level:
    """The column of a level of evidence."""

    kind: EvidenceKind
    level: str


@dataclass(frozen=True, slots=True)
class Step:
    """A column of a curve: its first height (place 0), or the step up to its point at ``place``."""

    curve: str
    place: int


class Layout:
    """The columns of a policy's levels and curves, and of further levels that were seen."""

    def __init__(self, policy: MatchPolicy, seen: Iterable[tuple[EvidenceKind, str]] = ()) -> None:
        known = {(kind, level) for kind, levels in policy.levels.items() for level in levels}
        levels = [Level(*name) for name in sorted(known | set(seen))]
        self.knots = {name: tuple(place for place, _ in curve) for name, curve in policy.curves.items()}
        steps = [Step(name, place) for name, knots in self.knots.items() for place in range(len(knots))]
        columns: list[Level | Step] = [*levels, *steps]
        self.columns = {column: at for at, column in enumerate(columns)}

    def row(self, observations: Iterable[Observation]) -> NDArray[np.float32]:
        """Return one candidate's observations as a row."""
        out = np.zeros(len(self.columns), dtype=np.float32)
        for item in observations:
            if item.value is None:
                at = self.columns.get(Level(item.kind, item.level))
                if at is not None:
                    out[at] += 1.0
                continue
            name = f"{item.kind}.{item.level}"
            knots = self.knots.get(name)
            if knots is None:
                continue
            first = self.columns[Step(name, 0)]
            out[first] += 1.0
            for place in range(1, len(knots)):
                low, high = knots[place - 1], knots[place]
                out[first + place] += min(1.0, max(0.0, (item.value - low) / (high - low)))
        return out

    def coefficients(self, policy: MatchPolicy) -> Floats:
        """Return the coefficients that a policy's points amount to."""
        out = np.zeros(len(self.columns))
        for column, at in self.columns.items():
            if isinstance(column, Level):
                out[at] = policy.points(column.kind).get(column.level, 0.0)
            else:
                curve = policy.curves[column.curve]
                below = curve[column.place - 1][1] if column.place else 0.0
                out[at] = curve[column.place][1] - below
        return out

    def bounds(self, policy: MatchPolicy) -> list[Bound]:
        """Return what keeps curves monotone, those that start at 0 there, and a person's word as it is."""
        return [self._bound(column, policy) for column in self.columns]

    def _bound(self, column: Level | Step, policy: MatchPolicy) -> Bound:
        if isinstance(column, Level):
            word = WORD_OF_A_PERSON.get(column.kind.value, {}).get(column.level)
            return (None, None) if word is None else (word, word)
        if column.place == 0:
            return (0.0, 0.0) if policy.curves[column.curve][0][1] == 0 else (None, None)
        falls = EvidenceKind(column.curve.partition(".")[0]) in FALLING
        return (None, 0.0) if falls else (0.0, None)

    def policy(self, policy: MatchPolicy, values: Floats, name: str) -> MatchPolicy:
        """Return a policy with the points of these coefficients, and everything else as it was."""
        levels: dict[str, dict[str, float]] = {}
        heights = dict.fromkeys(self.knots, 0.0)
        curves: dict[str, list[tuple[float, float]]] = {name: [] for name in self.knots}
        for column, at in self.columns.items():
            if isinstance(column, Level):
                levels.setdefault(column.kind.value, {})[column.level] = round(float(values[at]), 2)
            else:
                heights[column.curve] += float(values[at])
                knot = self.knots[column.curve][column.place]
                curves[column.curve].append((knot, round(heights[column.curve], 2)))
        return MatchPolicy.model_validate(
            {**policy.model_dump(), "name": name, "levels": levels, "curves": curves}
        )
