"""Items of any JSON become contacts, or say why not."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from matching.types import Contact
from service.intake.mapping import BadItem, FieldMapping, find_event_id, map_item

CASES = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "intake" / "mapping.yaml")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OURS = FieldMapping({})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_item_is_read(case: dict[str, Any]) -> None:
    mapping = FieldMapping.model_validate(case.get("mapping", {}))
    if "problem" in case:
        with pytest.raises(BadItem, match=case["problem"]):
            map_item(case["item"], mapping, NOW)
        return
    found = map_item(case["item"], mapping, NOW)
    assert said(found.contact) == case["contact"]
    assert [f"{note.kind} {note.field}" for note in found.notes] == case.get("notes", [])
    assert found.event_id == case.get("event_id")


def said(contact: Contact) -> dict[str, Any]:
    """The fields of a contact that are set."""
    given = {name: value for name, value in asdict(contact).items() if value not in (None, {})}
    if contact.occurred_at is not None:
        given["occurred_at"] = contact.occurred_at.isoformat()
    return given


@pytest.mark.parametrize(
    ("field", "longest", "cut"),
    [
        ("company", 256, True),
        ("first_name", 128, True),
        ("city", 128, True),
        ("email", 320, False),
        ("website", 2048, False),
    ],
)
def test_what_is_too_long_is_cut_where_the_rest_means_the_same(field: str, longest: int, cut: bool) -> None:
    fits = map_item({"external_id": "c", field: "x" * longest}, OURS, NOW)
    assert getattr(fits.contact, field) == "x" * longest
    found = map_item({"external_id": "c", field: "x" * (longest + 1)}, OURS, NOW)
    assert getattr(found.contact, field) == ("x" * longest if cut else None)
    assert [note.kind for note in found.notes] == ["truncated" if cut else "unusable"]


def test_an_identifier_is_never_cut() -> None:
    with pytest.raises(BadItem, match="external_id must have at most 255 characters"):
        map_item({"external_id": "x" * 256}, OURS, NOW)


def test_problems_do_not_repeat_what_was_sent() -> None:
    for case in CASES:
        try:
            map_item(case["item"], FieldMapping.model_validate(case.get("mapping", {})), NOW)
        except BadItem as bad:
            assert "b.com" not in str(bad)
            assert "Acme" not in str(bad)


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"e-mail": "x"}, r"e-mail is not a field of a contact; did you mean email\?"),
        ({"custom.": "x"}, r"custom\. is not a field of a contact"),
        ({"plan": "x"}, r"fields of your own are custom\.NAME"),
        ({"email": ""}, "at least 1 character"),
        ({"email": "a..b"}, "names joined by dots"),
        ({"email": "a[x]"}, "names joined by dots"),
        ({"email": ".a"}, "names joined by dots"),
        ({"email": {}}, "needs a path, a default or both"),
        ({"email": {"path": "a", "fallback": "b"}}, "fallback"),
        ({"email": []}, "email"),
        ({"email": ["a", "b..c"]}, "names joined by dots"),
        ({"email": "a[=x]"}, "names joined by dots"),
        (["email"], "dict"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(mapping: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        FieldMapping.model_validate(mapping)


def test_the_event_id_is_found_in_an_item_that_cannot_be_mapped() -> None:
    assert find_event_id({"event_id": "e1", "employees": True}, OURS) == "e1"
    assert find_event_id(["e1"], OURS) is None
    assert find_event_id({"event_id": ["e1"]}, OURS) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_fields = st.sampled_from([*Contact.__dataclass_fields__, "event_id", "surplus"])


@given(item=_json | st.dictionaries(_fields, _json, max_size=8))
def test_whatever_comes_is_a_contact_or_a_problem(item: Any) -> None:
    try:
        found = map_item(item, OURS, NOW)
    except BadItem:
        return
    contact = found.contact
    assert contact.email or contact.company or contact.website or contact.external_id
    assert contact.occurred_at is None or contact.occurred_at <= NOW
