"""Measures: how a number of a report is made of facts, and which facts it counts. Pure.

Every measure has one definition in words, which is its answer's and the
documentation's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from service.reports.facts import Facts, Groups, Test, Truths, Value

Figure = float | None
"""None where there is nothing to tell."""


class Measure(Protocol):
    """One column of figures."""

    @property
    def name(self) -> str:
        """The name it has in an answer."""

    @property
    def unit(self) -> str:
        """What is counted: `count`, `share` (0 to 1) or `seconds`."""

    @property
    def text(self) -> str:
        """What it means, in one sentence."""

    def of(self, facts: Facts, groups: Groups) -> Sequence[Figure]:
        """The figure of each group."""

    def counts(self, facts: Facts) -> Truths:
        """Which facts the figure is made of: the list it leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many facts pass a test; all of them, unless there is one."""

    name: str
    text: str
    test: Test | None = None
    unit: str = "count"

    def of(self, facts: Facts, groups: Groups) -> Sequence[Figure]:
        """The number of them, 0 for none."""
        found: list[Figure] = groups.tally(self.counts(facts)).tolist()
        return found

    def counts(self, facts: Facts) -> Truths:
        """Those that pass."""
        return np.ones(len(facts), dtype=np.bool_) if self.test is None else facts.judged(self.test)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part that passes a test, 0 to 1, of those that are looked at (all, unless said)."""

    name: str
    text: str
    test: Test
    among: Test | None = None
    unit: str = "share"

    def of(self, facts: Facts, groups: Groups) -> Sequence[Figure]:
        """Rounded to six places; None when there are none to look at."""
        passed = groups.tally(self.counts(facts)).tolist()
        looked_at = groups.tally(self._looked_at(facts)).tolist()
        return [
            round(part / whole, 6) if whole else None for part, whole in zip(passed, looked_at, strict=True)
        ]

    def counts(self, facts: Facts) -> Truths:
        """Those that pass and are looked at."""
        return facts.judged(self.test) & self._looked_at(facts)

    def _looked_at(self, facts: Facts) -> Truths:
        return np.ones(len(facts), dtype=np.bool_) if self.among is None else facts.judged(self.among)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """The value that a part ``q`` of the facts do not exceed: the nearest rank, so always one of them."""

    name: str
    text: str
    q: float
    value: Value
    unit: str = "seconds"

    def of(self, facts: Facts, groups: Groups) -> Sequence[Figure]:
        """Rounded to milliseconds; None when no fact has a value."""
        ids, values = groups.in_order(facts, self.value)
        sizes = np.bincount(ids, minlength=groups.count)
        ranks = np.maximum(np.ceil(self.q * sizes).astype(np.intp), 1) - 1
        starts = np.cumsum(sizes) - sizes
        return [
            round(float(values[place]), 3) if size else None
            for place, size in zip((starts + ranks).tolist(), sizes.tolist(), strict=True)
        ]

    def counts(self, facts: Facts) -> Truths:
        """Those that have a value."""
        return ~np.isnan(facts.valued(self.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sum of a value, over the facts that have one above nought."""

    name: str
    text: str
    value: Value
    unit: str = "seconds"

    def of(self, facts: Facts, groups: Groups) -> Sequence[Figure]:
        """Rounded to milliseconds, 0 for none."""
        counted = self.counts(facts)
        sums = np.bincount(
            groups.ids[counted], weights=facts.valued(self.value)[counted], minlength=groups.count
        )
        return [round(each, 3) for each in sums.tolist()]

    def counts(self, facts: Facts) -> Truths:
        """Those that add to it."""
        return facts.valued(self.value) > 0


def quantiles(name: str, text: str, value: Value) -> tuple[Quantile, Quantile]:
    """The median and the ninetieth percentile of a span of time."""
    return (
        Quantile(name=f"{name}_p50", text=f"{text}: half of them take no longer.", q=0.5, value=value),
        Quantile(name=f"{name}_p90", text=f"{text}: nine in ten take no longer.", q=0.9, value=value),
    )
