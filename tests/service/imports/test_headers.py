"""service/imports/headers.py: the header lines of real exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.imports.headers import Kind, known_fields, plain, recognise
from service.imports.headers import _table as table

CASES = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "imports" / "headers.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_columns_are_recognised(case: dict[str, Any]) -> None:
    found = recognise(Kind(case["kind"]), case["headers"])
    assert {case["headers"][place]: field for place, field in found.fields.items()} == case["fields"]
    assert list(found.unknown) == case.get("unknown", [])
    assert list(found.double) == case.get("double", [])


@pytest.mark.parametrize("kind", Kind)
def test_our_own_names_are_recognised(kind: Kind) -> None:
    names = [field for field in known_fields(kind) if "." not in field]
    assert list(recognise(kind, names).fields.values()) == names


@pytest.mark.parametrize("kind", Kind)
def test_no_header_is_claimed_by_two_fields(kind: Kind) -> None:
    claims: dict[str, set[str]] = {}
    for field, aliases in table()[kind].items():
        for alias in aliases:
            claims.setdefault(plain(alias), set()).add(field)
    assert [alias for alias, fields in claims.items() if len(fields) > 1] == []
