"""The facts of a report, as columns: each is worked out once, whatever counts it, and whole at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

Truths = NDArray[np.bool_]
Numbers = NDArray[np.float64]
"""Moments are seconds since 1970, spans are seconds; NaN where there is none."""

Test = Callable[["Facts"], Truths]
Value = Callable[["Facts"], Numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A column of few values: for each fact the place of its own in ``values``."""

    codes: NDArray[np.intp]
    values: Sequence[str | None]

    @classmethod
    def of(cls, column: Iterable[str | None]) -> Coded:
        """The values in the order of their first mention."""
        places: dict[str | None, int] = {}
        codes = [places.setdefault(value, len(places)) for value in column]
        return cls(codes=np.array(codes, dtype=np.intp), values=tuple(places))

    def among(self, wanted: Iterable[str | None]) -> Truths:
        """Which facts have one of these values."""
        known = frozenset(wanted)
        return np.array([value in known for value in self.values], dtype=np.bool_)[self.codes]


class _Noted(dict[str, Sequence[Any]]):
    """Columns without facts, which remember what they were asked for."""

    def __missing__(self, name: str) -> Sequence[Any]:
        self[name] = ()
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Columns of one length, and the time they are asked about.

    A column holds texts, moments as the database gives them
    (`service.db.moments`), or numbers; None is none.
    """

    columns: Mapping[str, Sequence[Any]]
    since: float
    until: float
    now: float
    _known: dict[Any, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def between(
        cls, columns: Mapping[str, Sequence[Any]], since: datetime, until: datetime, now: datetime
    ) -> Facts:
        """The facts of a time that ends before ``until``, as they stand at ``now``."""
        return cls(columns=columns, since=since.timestamp(), until=until.timestamp(), now=now.timestamp())

    def __len__(self) -> int:
        return next((len(column) for column in self.columns.values()), 0)

    def coded(self, name: str) -> Coded:
        """A column of texts."""
        return self._once(("coded", name), lambda: Coded.of(self.columns[name]))

    def numbers(self, name: str) -> Numbers:
        """A column of moments or of numbers."""
        return self._once(("numbers", name), lambda: _numbers(self.columns[name]))

    def has(self, name: str) -> Truths:
        """Which facts have this moment or number."""
        return ~np.isnan(self.numbers(name))

    def is_in(self, name: str, *wanted: str | None) -> Truths:
        """Which facts have one of these texts."""
        return self.coded(name).among(wanted)

    def judged(self, test: Test) -> Truths:
        """Which facts pass a test."""
        return self._once(test, lambda: test(self))

    def valued(self, value: Value) -> Numbers:
        """The value of each fact."""
        return self._once(value, lambda: value(self))

    def taken(self, which: Truths) -> Facts:
        """Only these facts."""
        if not len(self):
            return self
        places = np.flatnonzero(which).tolist()
        columns = {name: [column[place] for place in places] for name, column in self.columns.items()}
        return Facts(columns=columns, since=self.since, until=self.until, now=self.now)

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found


def looked_at(work: Callable[[Facts], object]) -> frozenset[str]:
    """The names of the columns that some work looks at: it is tried on no facts at all."""
    noted = _Noted()
    work(Facts(columns=noted, since=0, until=0, now=0))
    return frozenset(noted)


def _numbers(column: Sequence[Any]) -> Numbers:
    """SQLite gives a moment as text, which numpy reads 100,000 of in some hundredths of a second."""
    first = next((value for value in column if value is not None), None)
    if not isinstance(first, str):
        return np.array(column, dtype=np.float64)
    moments = np.array([value or "NaT" for value in column], dtype="datetime64[us]")
    seconds = moments.astype(np.int64) / 1e6
    seconds[np.isnat(moments)] = np.nan
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Which of ``count`` groups each fact is in."""

    ids: NDArray[np.intp]
    count: int
    _sorted: dict[Value, tuple[NDArray[np.intp], Numbers]] = field(default_factory=dict, repr=False)

    @classmethod
    def one(cls, facts: Facts) -> Groups:
        """All facts together."""
        return cls(ids=np.zeros(len(facts), dtype=np.intp), count=1)

    def tally(self, which: Truths) -> NDArray[np.intp]:
        """How many of each group are among these."""
        return np.bincount(self.ids[which], minlength=self.count)

    def in_order(self, facts: Facts, value: Value) -> tuple[NDArray[np.intp], Numbers]:
        """The groups and the values of the facts that have one, by group, the smallest value first."""
        if value not in self._sorted:
            values = facts.valued(value)
            there = ~np.isnan(values)
            ids, values = self.ids[there], values[there]
            order = np.lexsort((values, ids))
            self._sorted[value] = ids[order], values[order]
        return self._sorted[value]
