"""docs/rulebook.md says what the program does: its tables are fresh, its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from routing.reference import PARTS, UnknownPart, refreshed
from routing.rulebook import parse
from routing.testing import run_tests

PAGE = Path(__file__).parents[2] / "docs" / "rulebook.md"


def test_the_page_is_fresh() -> None:
    """When this fails: write `refreshed(page)` to docs/rulebook.md, and look at the difference."""
    page = PAGE.read_text(encoding="utf-8")
    assert refreshed(page) == page


def test_every_part_has_its_place() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in PARTS if f"<!-- {name} -->" not in page] == []


def test_a_part_nobody_makes_is_refused() -> None:
    with pytest.raises(UnknownPart):
        refreshed("<!-- nonsense -->\n<!-- end of nonsense -->")


def test_the_first_example_is_a_rulebook_whose_tests_pass() -> None:
    [example, *_] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert [result.differences for result in run_tests(parse(example))] == [()]
