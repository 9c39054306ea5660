"""Company names into comparable forms."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from matching.names import initials, parse, squash
from matching.text import MAX_NAME
from tests.matching.cases import load, name, shared

CASES = load("names")


@pytest.mark.parametrize("case", CASES["cores"], ids=lambda case: ascii(case["name"]))
def test_cores(case: dict[str, Any]) -> None:
    found = name(case["name"])
    assert (found.core, list(found.legal_forms)) == (case["core"], case["forms"])


@pytest.mark.parametrize("case", CASES["words"], ids=lambda case: ascii(case["name"]))
def test_words(case: dict[str, Any]) -> None:
    assert list(name(case["name"]).words) == case["words"]


@pytest.mark.parametrize("case", CASES["several"], ids=lambda case: ascii(case["name"]))
def test_several_names_in_one(case: dict[str, Any]) -> None:
    assert [found.core for found in parse(case["name"])] == case["cores"]


def test_sections_count_only_where_people_type() -> None:
    typed = "Institute of Muster Physics, University of Riga"
    assert len(parse(typed)) == 1
    assert [found.core for found in parse(typed, sections=True)][1:] == [
        "institute of muster physics",
        "university of riga",
    ]


def test_a_text_without_letters_has_no_name() -> None:
    assert parse("--- !!!") == ()


def test_initials_with_and_without_small_words() -> None:
    assert set(initials(name("The Bank for Muster"))) == {"bm", "tbfm", "bfm"}


def test_squash_joins() -> None:
    assert squash(name("Acme-Robotics Ltd")) == "acmerobotics"


def test_awkward_real_names_keep_something_to_compare() -> None:
    with shared("bench/names/nasty_names.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["string"] for row in csv.DictReader(file)]
    for text in texts:
        for found in parse(text, sections=True):
            assert found.core and found.words and found.latin, text
            assert len(found.core) <= 4 * MAX_NAME
        assert parse(text) or not any(char.isalnum() for char in text), text


def test_awkward_real_names_are_themselves_without_their_legal_form() -> None:
    for text in ("Yahoo!", "E*TRADE", "7-Eleven", "3M", "O2", "21st Century Fox", "@Home", "X"):
        assert name(text).core == name(f"{text}, Inc.").core
