"""service/console/charts.py: columns that add up, and lead somewhere."""

from __future__ import annotations

from datetime import UTC, datetime

from service.console.charts import stacked
from service.console.period import chosen, parts

NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
CALLED = {"matched": ("Matched", "good"), "review": ("To confirm", "warn")}


def test_columns_are_shares_of_the_highest_and_stand_on_each_other() -> None:
    pieces = parts(chosen({"period": "7"}, "UTC", NOW))
    values = [{"matched": 6, "review": 2}, {"matched": 3, "other": 9}, *({} for _ in range(5))]
    chart = stacked("Contacts", pieces, values, CALLED, [f"/{place}" for place in range(7)])
    first, second, third = chart.columns[:3]
    assert [(each.label, each.low, each.high) for each in first.segments] == [
        ("Matched", 0, 0.75),
        ("To confirm", 0.75, 1),
    ]
    assert [(each.value, each.high) for each in second.segments] == [(3, 0.375)]
    assert (second.total, second.parts(chart.legend), second.address) == (3, [3, 0], "/1")
    assert third.segments == () and third.parts(chart.legend) == [0, 0]
    assert chart.numbered and not chart.empty


def test_many_columns_have_a_mark_here_and_there_and_no_numbers() -> None:
    pieces = parts(chosen({"period": "30"}, "UTC", NOW))
    chart = stacked("Contacts", pieces, [{}] * 30, CALLED, ["/"] * 30)
    assert [bool(each.mark) for each in chart.columns[:4]] == [True, False, False, True]
    assert chart.empty and not chart.numbered
