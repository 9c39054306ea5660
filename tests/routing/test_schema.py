"""The schema accepts what the reader accepts, and catches what a schema can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from routing.reading import read
from routing.schema import rulebook_schema, schema_of_tests

CASES = Path(__file__).parents[1] / "cases"
SCHEMA = rulebook_schema()
VALIDATOR = Draft202012Validator(SCHEMA)

CAUGHT = (
    "unknown-field",
    "unknown-operator",
    "operator-of-another-type",
    "unknown-outcome",
    "unknown-owner",
    "misspelt-key-of-a-rule",
    "no-fallback",
    "rule-without-reason",
    "ask-without-silence",
    "test-with-misspelt-field",
    "collection-without-quantifier",
    "reject-code-with-blanks",
)
"""Faults of tests/cases/bad_rulebooks that an editor underlines; the rest need the whole file."""


def plain(path: Path) -> Any:
    root, problems = read(path.read_text(), path.name)
    assert root is not None and not problems
    return root.plain()


def test_the_schemas_are_schemas() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator.check_schema(schema_of_tests())
    json.dumps(SCHEMA)


@pytest.mark.parametrize("path", sorted((CASES / "routing").glob("*.yaml")), ids=lambda path: path.stem)
def test_it_accepts_every_case(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(plain(path))] == []


@pytest.mark.parametrize("fault", CAUGHT)
def test_it_catches(fault: str) -> None:
    assert list(VALIDATOR.iter_errors(plain(CASES / "bad_rulebooks" / f"{fault}.yaml")))


def test_fields_and_keys_carry_their_descriptions() -> None:
    condition = SCHEMA["$defs"]["condition"]["anyOf"][0]["properties"]
    assert condition["account.owner"]["description"] == "The rep who owns the matched account now."
    assert SCHEMA["$defs"]["RuleSettings"]["properties"]["because"]["description"]
