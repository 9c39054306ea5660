"""Countries and towns."""

from __future__ import annotations

import pytest

from matching.places import country_code, nation, place


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Deutschland", "DE"),
        ("U.S.A.", "US"),
        ("the Netherlands", "NL"),
        ("gb", "GB"),
        ("日本", "JP"),
        ("Narnia", None),
    ],
)
def test_countries_in_any_usual_way(said: str, code: str | None) -> None:
    assert country_code(said) == code


def test_places_are_folded_words() -> None:
    assert place("  Saint-Étienne ") == "saint etienne"
    assert place("--") is None


def test_names_of_countries_that_are_also_something_else_say_nothing() -> None:
    assert nation("german") == "DE"
    assert nation("georgia") is None
