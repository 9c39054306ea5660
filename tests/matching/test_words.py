"""Words that mean the same or say little."""

from __future__ import annotations

from matching import words


def test_spellings_share_one_canonical_word() -> None:
    assert {
        words.canonical(word) for word in ("university", "universität".replace("ä", "a"), "univ", "大学")
    } == {"university"}


def test_countries_are_one_word_in_every_language() -> None:
    assert words.canonical("hrvatska") == words.canonical("croatia") == "@HR"


def test_a_word_says_as_much_as_its_kind() -> None:
    assert words.weight("the_unknown") == 1.0
    assert words.weight("group") < words.weight("bank") < words.weight("pension") < 1.0
    assert words.is_stop(words.canonical("und"))
