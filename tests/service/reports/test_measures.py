"""Measures of facts, against numbers worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from service.reports.measures import Count, Quantile, Share


def facts(*values: float | None) -> list[SimpleNamespace]:
    return [SimpleNamespace(value=value) for value in values]


@pytest.mark.parametrize(
    ("q", "values", "expected"),
    [
        (0.5, [10], 10),
        (0.5, [30, 10], 10),
        (0.5, [30, 10, 20], 20),
        (0.9, list(range(1, 11)), 9),
        (0.9, list(range(1, 12)), 10),
        (0.9, [5, None, 7], 7),
        (1.0, [3, 9, 1], 9),
        (0.5, [None], None),
        (0.5, [], None),
    ],
)
def test_a_quantile_is_the_nearest_rank(q: float, values: list[float | None], expected: float | None) -> None:
    """The smallest value that at least the part q of them does not exceed: it always occurred."""
    measure = Quantile(name="x", text="", q=q, value=lambda fact: fact.value)
    assert measure.of(facts(*values)) == expected


def test_a_share_is_of_those_looked_at() -> None:
    share = Share(name="x", text="", test=lambda f: f.value > 2, among=lambda f: f.value is not None)
    assert share.of(facts(1, 2, 3, None)) == pytest.approx(1 / 3, abs=1e-6)
    assert share.of(facts(None)) is None
    assert [share.counts(fact) for fact in facts(3, 1, None)] == [True, False, False]


def test_a_count_of_nothing_is_nought() -> None:
    assert Count(name="x", text="", test=lambda f: True).of([]) == 0
