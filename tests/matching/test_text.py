"""Cleaning, folding and transliteration."""

from __future__ import annotations

import pytest

from matching.text import MAX_NAME, clean, fold, latin, skeleton, skeletons


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("  Acme \t Inc\n", "Acme Inc"),
        ("AT&amp;amp;T", "AT&T"),
        ("Acme\u200b\u202eRobotics", "AcmeRobotics"),
        ("Ａｃｍｅ", "Acme"),
        ("O’Brien “Sons”", 'O\'Brien "Sons"'),
        ("a\u0301", "á"),
        ("\x00Acme\x1f", "Acme"),
        ("", ""),
    ],
)
def test_clean_shows_what_a_person_sees(raw: str, seen: str) -> None:
    assert clean(raw) == seen


def test_clean_keeps_at_most_the_length_that_is_compared() -> None:
    assert len(clean("x" * 10_000)) == MAX_NAME


@pytest.mark.parametrize(
    ("text", "folded"),
    [("ŁÓDŹ", "lodz"), ("Straße", "strasse"), ("Ærø", "aero"), ("हिन्दी", "हिन्दी"), ("Ё", "е")],
)
def test_fold_drops_accents_but_not_letters(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "letters"),
    [("газпром", "gazprom"), ("삼성", "samseong"), ("北京", "beijing"), ("ελλας", "ellas"), ("abc", "abc")],
)
def test_latin_reads_other_scripts(text: str, letters: str) -> None:
    assert latin(text) == letters


def test_spellings_of_one_foreign_name_share_a_skeleton() -> None:
    assert skeleton("qatar") == skeleton("katar")
    assert skeleton("maghrib") == skeleton("mghrb")


def test_the_consonants_of_many_words_are_those_of_each() -> None:
    words = ["", "katar", "", "bookkeeper", "schatzquelle", "kk", "bücher", "ookk", "大学", ""]
    assert skeletons(words) == [skeleton(word) for word in words]
    assert skeletons([]) == []
