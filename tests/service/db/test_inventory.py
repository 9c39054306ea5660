"""service/db/inventory.py: where an address stands by itself."""

from __future__ import annotations

import pytest

from service.db.inventory import mentioned

ANNA = "anna@acme.example"


@pytest.mark.parametrize(
    "value",
    [
        ANNA,
        "Anna@ACME.example",
        "<anna@acme.example>",
        "mailto:anna@acme.example?subject=x",
        "write to anna@acme.example.",
        "anna@acme.example, or call",
        "email=anna@acme.example&x=1",
        "anna@acme.example-1",
        "anna@acme.example_1",
        b'{"note": "hello\\nanna@acme.example"}',
        b'{"note": "\\u003canna@acme.example"}',
        {"a": [{"b": "see\nanna@acme.example"}]},
        ["joanna@acme.example", ANNA],
    ],
)
def test_an_address_is_found(value: object) -> None:
    assert mentioned(ANNA, {"id": 1, "said": value})


@pytest.mark.parametrize(
    "value",
    [
        "joanna@acme.example",
        "x.anna@acme.example",
        "lee-anna@acme.example",
        "x+anna@acme.example",
        "anna@acme.example.org",
        "anna@acme.examples",
        "anna@acme.example-pumps.de",
        b'{"email": "joanna@acme.example"}',
        {"email": "anna@acme.example.org", "custom": {"n": 1}},
        "acme.example",
        7,
        None,
    ],
)
def test_a_part_of_another_address_is_not(value: object) -> None:
    assert not mentioned(ANNA, {"id": 1, "said": value})
