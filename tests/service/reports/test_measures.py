"""Measures of facts, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from service.reports.facts import Facts, Groups
from service.reports.measures import Count, Figure, Measure, Quantile, Share, Total


def facts(*values: float | str | None) -> Facts:
    columns = {"decision_id": ["d"] * len(values), "value": values}
    return Facts(columns=columns, since=0, until=0, now=0)


def whole(measure: Measure, found: Facts) -> Figure:
    return measure.of(found, Groups.one(found))[0]


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
    measure = Quantile(name="x", text="", q=q, value=lambda each: each.numbers("value"))
    assert whole(measure, facts(*values)) == expected


def test_each_group_has_its_own_figure() -> None:
    found = facts(30, 4, 10, None, 20)
    groups = Groups(ids=np.array([0, 1, 0, 2, 0]), count=3)
    middle = Quantile(name="x", text="", q=0.5, value=lambda each: each.numbers("value"))
    total = Total(name="x", text="", value=lambda each: each.numbers("value"))
    large = Count(name="x", text="", test=lambda each: each.numbers("value") > 5)
    assert middle.of(found, groups) == [20, 4, None]
    assert total.of(found, groups) == [60, 4, 0]
    assert large.of(found, groups) == [3, 0, 0]


def test_a_share_is_of_those_looked_at() -> None:
    share = Share(name="x", text="", test=lambda f: f.numbers("value") > 2, among=lambda f: f.has("value"))
    assert whole(share, facts(1, 2, 3, None)) == pytest.approx(1 / 3, abs=1e-6)
    assert whole(share, facts(None)) is None
    assert share.counts(facts(3, 1, None)).tolist() == [True, False, False]


def test_a_count_of_nothing_is_nought() -> None:
    assert whole(Count(name="x", text=""), facts()) == 0


def test_a_moment_is_read_as_either_database_gives_it() -> None:
    """SQLite: the text of UTC; PostgreSQL: seconds."""
    given = facts(None, "2026-03-02 09:00:00.250000").numbers("value")
    assert given[1] == facts(None, 1772442000.25).numbers("value")[1]
    assert np.isnan(given[0])
