"""The score of an account, by cases that were computed by hand and as properties."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from service.engagement.core.score import WHOLE, points, score, summed
from service.program.core.settings import Engagement, SignalRule

CASES = YAML(typ="safe").load(Path(__file__).parents[3] / "cases" / "engagement" / "decay.yaml")
RULE = SignalRule(points=3, half_life=9, most_a_day=4)


def rule(points: float, half_life: float, most: int) -> SignalRule:
    return SignalRule(points=points, half_life=half_life, most_a_day=most)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    rules = {kind: rule(*numbers) for kind, numbers in case["rules"].items()}
    known = Engagement(kinds=rules, other=rules.get("other", RULE))
    made = [summed(kind, days, known.rule(kind)) for kind, days in case["weights"].items()]
    sums = [one for one in made if one is not None]
    assert {day: score(sums, known, day) for day in case["scores"]} == case["scores"]


@settings(max_examples=50)
@given(st.dictionaries(st.integers(0, 400), st.integers(1, 9 * WHOLE), min_size=1), st.integers(0, 300))
def test_one_number_gives_every_later_day_as_the_days_themselves_do(weights: dict[int, int], on: int) -> None:
    one, known = summed("form", weights, RULE), Engagement(kinds={"form": RULE})
    assert one is not None
    day = one.day + on
    each = [min(weight, 4 * WHOLE) / WHOLE * 3 * 2 ** ((then - day) / 9) for then, weight in weights.items()]
    assert points(one, known, day) == pytest.approx(sum(each), rel=1e-9)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, WHOLE)), min_size=1, max_size=30), st.randoms())
def test_the_order_makes_no_difference_at_all(heard: list[tuple[int, int]], random: Any) -> None:
    def total(signals: list[tuple[int, int]]) -> dict[int, int]:
        days: dict[int, int] = {}
        for day, weight in signals:
            days[day] = days.get(day, 0) + weight
        return days

    mixed = list(heard)
    random.shuffle(mixed)
    assert summed("form", total(mixed), RULE) == summed("form", total(heard), RULE)


def test_what_was_taken_out_is_as_if_never_heard() -> None:
    assert summed("form", {4: 0, 7: WHOLE}, RULE) == summed("form", {7: WHOLE}, RULE)
    assert summed("form", {4: 0}, RULE) is None
