"""Two names compared word by word."""

from __future__ import annotations

import pytest

from matching.compare import NameComparison, compare
from matching.name_side import name_side
from tests.matching.cases import load, name

CASES = load("pairs")
STRONG = 0.8


def compared(one: str, two: str) -> NameComparison:
    return compare(name_side(name(one)), name_side(name(two)), {})


@pytest.mark.parametrize(("one", "two", "how"), CASES["same"])
def test_same(one: str, two: str, how: str) -> None:
    assert compared(one, two).same == how


@pytest.mark.parametrize(("one", "two"), CASES["strong"])
def test_strong(one: str, two: str) -> None:
    assert compared(one, two).strength >= STRONG


@pytest.mark.parametrize(("one", "two"), CASES["weak"])
def test_weak(one: str, two: str) -> None:
    found = compared(one, two)
    assert found.strength < STRONG
    assert found.missing >= 0.15


@pytest.mark.parametrize(("one", "two"), CASES["numbers_differ"])
def test_numbers_must_agree(one: str, two: str) -> None:
    assert compared(one, two).numbers in ("differ", "one_sided")


@pytest.mark.parametrize(("short", "long", "letters"), CASES["initials"])
def test_initials(short: str, long: str, letters: int) -> None:
    assert compared(short, long).initials == compared(long, short).initials == letters


def test_a_word_that_says_where_the_other_is_makes_no_difference() -> None:
    asked, held = name_side(name("Acme Berlin")), name_side(name("Acme"))
    apart = compare(asked, held, {})
    there = compare(asked, held, {}, held_places=frozenset({"berlin"}))
    assert there.missing < apart.missing


@pytest.mark.parametrize(("short", "long", "ends"), CASES["starts"])
def test_starts(short: str, long: str, ends: str) -> None:
    assert compared(short, long).start == compared(long, short).start == ends
