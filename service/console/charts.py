"""Charts as values: columns over time, each with what it stands for and where it leads. Pure.

A template draws them as SVG, with a table beside it of the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.console.period import Part

MARKS = 14
"""About so many columns have a mark below them; on a phone more would touch each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a column. ``low`` and ``high`` are shares of the highest column."""

    label: str
    tone: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. ``mark`` stands below it, or nothing; ``address`` is the list that it counts."""

    label: str
    mark: str
    total: float
    segments: tuple[Segment, ...]
    address: str

    def parts(self, legend: Sequence[tuple[str, str]]) -> list[float]:
        """What it is made of, in the order of the legend; 0 for what it has nothing of."""
        found = {each.label: each.value for each in self.segments}
        return [found.get(label, 0) for label, _ in legend]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Columns in the order of time. ``legend``: label and tone of what they are made of.

    ``unit`` is what is counted, "count" or "seconds".
    """

    title: str
    unit: str
    legend: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]

    @property
    def numbered(self) -> bool:
        """Whether the columns are few enough for numbers above them."""
        return len(self.columns) <= MARKS

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(each.segments for each in self.columns)


def stacked(
    title: str,
    parts: Sequence[Part],
    values: Sequence[Mapping[str, float]],
    called: Mapping[str, tuple[str, str]],
    addresses: Sequence[str],
    *,
    unit: str = "count",
) -> Chart:
    """A chart of parts of a period. ``values``: of each part, by name; ``called``: their labels and tones."""
    totals = [sum(each.get(name, 0) for name in called) for each in values]
    highest = max(totals, default=0) or 1
    every = math.ceil(len(parts) / MARKS)
    return Chart(
        title=title,
        unit=unit,
        legend=tuple(called.values()),
        columns=tuple(
            Column(
                label=part.label,
                mark=part.mark if place % every == 0 else "",
                total=total,
                segments=_segments(each, called, highest),
                address=address,
            )
            for place, (part, each, total, address) in enumerate(
                zip(parts, values, totals, addresses, strict=True)
            )
        ),
    )


def _segments(
    values: Mapping[str, float], called: Mapping[str, tuple[str, str]], highest: float
) -> tuple[Segment, ...]:
    found: list[Segment] = []
    below = 0.0
    for name, (label, tone) in called.items():
        value = values.get(name, 0)
        if value:
            low, high = below / highest, (below + value) / highest
            found.append(Segment(label=label, tone=tone, value=value, low=low, high=high))
            below += value
    return tuple(found)
