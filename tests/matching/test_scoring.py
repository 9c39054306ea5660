"""Points to probabilities."""

from __future__ import annotations

from math import log

import pytest

from matching.scoring import probability


@pytest.mark.parametrize("chance", [0.001, 0.3, 0.5, 0.97, 0.9999])
def test_odds_and_probability_are_each_others_inverse(chance: float) -> None:
    assert probability(log(chance / (1.0 - chance))) == pytest.approx(chance)


def test_no_points_are_too_few() -> None:
    assert probability(-10_000) == 0.0
