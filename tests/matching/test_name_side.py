"""What is read of one name before it meets another."""

from __future__ import annotations

import pytest

from matching.name_side import name_side
from tests.matching.cases import name


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("Acme Fund 2", "numbers", {"2"}),
        ("Second Acme Fund", "numbers", {"2"}),
        ("Acme Fund", "numbers", set()),
        ("Acme University", "kinds", {"university"}),
        ("Acme Portugal", "nations", {"PT"}),
        ("Acme Robotics GmbH", "joined", "acmerobotics"),
        ("Acme Robotics GmbH", "heads", "ar"),
    ],
)
def test_what_a_name_says(text: str, field: str, expected: object) -> None:
    assert getattr(name_side(name(text)), field) == expected


def test_words_that_are_initials_of_the_others_are_known() -> None:
    side = name_side(name("NLO Nordlicht Lampen Optik"))
    assert side.initials == ((0, 1, 3),)
    assert name_side(name("Nordlicht Lampen Optik")).initials == ()
