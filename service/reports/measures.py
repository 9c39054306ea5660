"""Measures: how a number of a report is made of facts, and which facts it counts. Pure.

A fact is a row with named columns; times in it are seconds since 1970, spans
are seconds. Every measure has one definition in words, which is its answer's
and the documentation's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

Fact = Any
"""A row of a report's statement; its columns are named where the report is."""

Test = Callable[[Fact], bool]
Value = Callable[[Fact], float | None]


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

    def of(self, facts: Sequence[Fact]) -> float | None:
        """The figure of these facts; None where there is nothing to tell."""

    def counts(self, fact: Fact) -> bool:
        """Whether the figure is made of this fact: the list it leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many facts pass a test."""

    name: str
    text: str
    test: Test
    unit: str = "count"

    def of(self, facts: Sequence[Fact]) -> float | None:
        """The number of them, 0 for none."""
        return sum(map(self.test, facts))

    def counts(self, fact: Fact) -> bool:
        """Whether it passes."""
        return self.test(fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part that passes a test, 0 to 1, of those that are looked at (all, unless said)."""

    name: str
    text: str
    test: Test
    among: Test | None = None
    unit: str = "share"

    def of(self, facts: Sequence[Fact]) -> float | None:
        """Rounded to six places; None when there are none to look at."""
        looked_at = facts if self.among is None else list(filter(self.among, facts))
        return round(sum(map(self.test, looked_at)) / len(looked_at), 6) if looked_at else None

    def counts(self, fact: Fact) -> bool:
        """Whether it passes and is looked at."""
        return (self.among is None or self.among(fact)) and self.test(fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """The value that a part ``q`` of the facts do not exceed: the nearest rank, so always one of them."""

    name: str
    text: str
    q: float
    value: Value
    unit: str = "seconds"

    def of(self, facts: Sequence[Fact]) -> float | None:
        """Rounded to milliseconds; None when no fact has a value."""
        values = sorted(value for value in map(self.value, facts) if value is not None)
        return round(values[max(ceil(self.q * len(values)), 1) - 1], 3) if values else None

    def counts(self, fact: Fact) -> bool:
        """Whether it has a value."""
        return self.value(fact) is not None


def quantiles(name: str, text: str, value: Value) -> tuple[Quantile, Quantile]:
    """The median and the ninetieth percentile of a span of time."""
    return (
        Quantile(name=f"{name}_p50", text=f"{text}: half of them take no longer.", q=0.5, value=value),
        Quantile(name=f"{name}_p90", text=f"{text}: nine in ten take no longer.", q=0.9, value=value),
    )
