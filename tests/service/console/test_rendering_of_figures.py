"""service/console/rendering.py: how figures read."""

from __future__ import annotations

import pytest

from matching import explain
from service.console.rendering import likely, points


@pytest.mark.parametrize(
    ("value", "shown"), [(5.51, "+5.5"), (-8.18, "−8.2"), (0.01, "0"), (-0.04, "0"), (0.0, "0")]
)
def test_points_have_their_sign_and_what_counts_nothing_has_none(value: float, shown: str) -> None:
    assert points(value) == shown.replace("−", "\u2212")


@pytest.mark.parametrize("score", [0.99559, 0.9999, 1.0, 0.234, 0.0004])
def test_how_sure_a_match_is_reads_as_in_the_sentence_beside_it(score: float) -> None:
    assert likely(score) == explain.percent(score)
