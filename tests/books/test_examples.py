"""The examples: each clause of the written rules is said, and what is cited is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from routing.rulebook import parse

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "routing"
EXAMPLES = [("sourcegraph", "SG", 19), ("gitlab", "GL", 41)]


def rows(name: str) -> list[str]:
    text = (ROOT / "examples" / name / "README.md").read_text()
    return [line for line in text.splitlines() if re.match(r"\| (SG|GL)-\d", line)]


def numbers(row: str, prefix: str) -> set[int]:
    """The clauses a row is about: `GL-30, GL-31`, `GL-16 to GL-18`."""
    cited = row.split("|")[1]
    found = {int(each) for each in re.findall(rf"{prefix}-(\d+)", cited)}
    for first, last in re.findall(rf"{prefix}-(\d+) to {prefix}-(\d+)", cited):
        found |= set(range(int(first), int(last) + 1))
    return found


@pytest.mark.parametrize(("name", "prefix", "last"), EXAMPLES)
def test_every_clause_has_its_row(name: str, prefix: str, last: int) -> None:
    assert set().union(*(numbers(row, prefix) for row in rows(name))) == set(range(1, last + 1))


@pytest.mark.parametrize(("name", "prefix", "last"), EXAMPLES)
def test_what_a_row_names_is_there(name: str, prefix: str, last: int) -> None:
    book = parse((ROOT / "examples" / name / "rulebook.yaml").read_text())
    cases = {path.stem.split("-")[0] for path in CASES.glob("*.yaml")}
    text = book.text
    known = {rule.id for rule in book.rules} | {conflict.id for conflict in book.conflicts} | cases
    for row in rows(name):
        for word in re.findall(r"`([^`]+)`", row):
            section = word.split(".")[0].split(":")[0].rstrip("*")
            assert word in known or section in text, f"{row}: {word}"


@pytest.mark.parametrize(("name", "prefix", "last"), EXAMPLES)
def test_every_clause_that_a_rule_codifies_is_tested(name: str, prefix: str, last: int) -> None:
    book = parse((ROOT / "examples" / name / "rulebook.yaml").read_text())
    cited = {each for rule in book.rules for each in re.findall(rf"{prefix}-\d+", rule.reference or "")}
    tested = {each for case, _ in book.tests for each in re.findall(rf"{prefix}-\d+", case.name)}
    assert cited - tested == set()
