"""service/imports/headers.py: the header lines of real exports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.imports.headers import Kind, known_fields, plain, recognise, said_by_hand
from service.imports.headers import _table as table
from service.imports.reading import Unreadable

CASES = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "imports" / "headers.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_columns_are_recognised(case: dict[str, Any]) -> None:
    found = recognise(Kind(case["kind"]), case["headers"], case.get("by hand", {}))
    assert {case["headers"][place]: field for place, field in found.fields.items()} == case["fields"]
    assert list(found.unknown) == case.get("unknown", [])
    assert list(found.double) == case.get("double", [])


@pytest.mark.parametrize(
    ("by_hand", "said"),
    [
        ({"Phone": "phone"}, "The file has no column 'Phone'. Columns: Id, Fax"),
        ({"Fax": "fax"}, "'fax' is no field of accounts. Fields: external_id, name"),
        ({"Fax": "custom."}, "or custom.NAME for one of your own"),
        ({"Fax": "name", "Id": "name"}, "Two columns cannot both be 'name'"),
    ],
)
def test_what_cannot_be_mapped_by_hand_is_said(by_hand: dict[str, str], said: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(said)):
        recognise(Kind.ACCOUNTS, ["Id", "Fax"], by_hand)


def test_a_column_is_mapped_in_one_line() -> None:
    said = ["Owner Name = owner", "a=b=custom.x", "Fax="]
    assert said_by_hand(said) == {"Owner Name": "owner", "a=b": "custom.x", "Fax": ""}
    for wrong in ("owner", "=owner"):
        with pytest.raises(Unreadable, match="write Header=field"):
            said_by_hand([wrong])


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
