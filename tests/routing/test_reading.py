"""YAML 1.2 with places, and nothing that reads differently to different people."""

from __future__ import annotations

import pytest

from routing.reading import read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("off", "off"),
        ("12:30", "12:30"),
        ("12:30:00", "12:30:00"),
        ("2026-01-01", "2026-01-01"),
        ("1.10", 1.1),
        ("010", 10),
        ("'010'", "010"),
        ("0x1F", "0x1F"),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("true", True),
        ("True", True),
        ("yes", "yes"),
        ("null", None),
        ("~", None),
        ("'null'", "null"),
        ("99999999999999999999", "99999999999999999999"),
        ("ünïcödé", "ünïcödé"),
    ],
)
def test_a_word_is_a_word_unless_yaml_1_2_says_otherwise(text: str, value: object) -> None:
    root, problems = read(f"a: {text}\n", "f.yaml")
    assert problems == []
    assert root is not None
    assert root.plain() == {"a": value}


def test_values_and_keys_know_their_places() -> None:
    root, _ = read("a: 1\nb:\n  - x\n  - {c: y}\n", "f.yaml")
    assert root is not None and root.mapping is not None
    assert root.key_place("b") == (2, 1)
    items = root.mapping["b"].items
    assert items is not None
    assert [(item.line, item.column) for item in items] == [(3, 5), (4, 5)]
    assert items[1].key_place("c") == (4, 6)


def test_a_number_keeps_how_it_is_written() -> None:
    root, _ = read("zip: 01067\n", "f.yaml")
    assert root is not None and root.mapping is not None
    assert root.mapping["zip"].raw == "01067"


def test_duplicate_keys_leave_a_tree_to_go_on_with() -> None:
    root, problems = read("a: 1\na: 2\nb: 3\n", "f.yaml")
    assert root is not None
    assert root.plain() == {"a": 1, "b": 3}
    assert [problem.code for problem in problems] == ["duplicate_key"]
