from __future__ import annotations

import json
import sys

import pytest

from service.problems import Problem
from service.strict_json import MAX_DEPTH, MAX_NAMES, Spoilt, parse, parse_line, parse_many

GOOD = {
    "null": b"null",
    "an emoji by a surrogate pair": b'{"a": "\\ud83d\\ude00"}',
    "escaped line breaks and tabs": b'{"a": "one\\r\\n\\ttwo"}',
    "brackets inside strings": b'{"a": "' + b"[{" * 500 + b'"}',
    "an escaped backslash before u0000": b'{"a": "\\\\u0000"}',
    "names that JavaScript would mind": b'{"__proto__": "x", "constructor": "y"}',
    "the deepest allowed": b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
    "the most names allowed": json.dumps({str(n): n for n in range(MAX_NAMES)}).encode(),
    "numbers": b"[0, -0.0, 1e308, 123456789012345678901234567890]",
}

BAD = {
    "nothing": (b"", 400),
    "spaces": (b"  \n", 400),
    "a comma at the end": (b'{"a": 1,}', 400),
    "cut off": (b'{"email":"a@b.c', 400),
    "two values": (b'{"a": 1}{"b": 2}', 400),
    "a byte-order mark": (b"\xef\xbb\xbf{}", 400),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), 400),
    "UTF-16 without a mark": ('{"a": 1}'.encode("utf-16-le"), 400),
    "Latin-1": (b'{"a": "Caf\xe9"}', 400),
    "overlong UTF-8": (b'{"a": "\xc0\xaf"}', 400),
    "a surrogate in UTF-8": (b'{"a": "\xed\xa0\x80"}', 400),
    "half a surrogate pair": (b'{"a": "\\ud800@b.com"}', 400),
    "the other half": (b'{"a": {"k": "\\udfff"}}', 400),
    "half a pair in a name": (b'{"\\ud800": 1}', 400),
    "a raw control character": (b'{"a": "x\x00"}', 400),
    "an escaped NUL": (b'{"a": "x\\u0000y"}', 422),
    "an escaped NUL in a name": (b'{"k\\u0000": 1}', 422),
    "an escaped form feed": (b'{"a": "\\f"}', 422),
    "NaN": (b'{"a": NaN}', 400),
    "Infinity": (b"[-Infinity]", 400),
    "a number beyond all numbers": (b'{"a": [1e999]}', 422),
    "5,000 digits": (b'{"a": ' + b"9" * 5000 + b"}", 400),
    "a name twice": (b'{"a": 1, "a": 2}', 400),
    "a name twice, once escaped": (b'{"a": 1, "\\u0061": 2}', 400),
    "a name twice, deep inside": (b'[{"x": {"a": 1, "a": 1}}]', 400),
    "too deep": (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), 400),
    "deep and never closed": (b"[" * 100_000, 400),
    "deep objects": (b'{"a":' * 1000 + b"1" + b"}" * 1000, 400),
    "too many names": (json.dumps({str(n): n for n in range(MAX_NAMES + 1)}).encode(), 413),
    "quotes that never close": (b'"\\"' * 50_000, 400),
    "brackets that do not match": (b"[{]}" * 50, 400),
}


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD)
def test_what_is_read(raw: bytes) -> None:
    assert parse(raw) == json.loads(raw)


@pytest.mark.parametrize(("raw", "status"), BAD.values(), ids=BAD)
def test_what_is_refused(raw: bytes, status: int) -> None:
    with pytest.raises(Problem) as caught:
        parse(raw)
    assert type(caught.value).status == status
    json.dumps(caught.value.document()).encode("utf-8")


def test_a_control_character_is_pointed_at() -> None:
    with pytest.raises(Problem) as caught:
        parse(b'{"contacts": [{}, {"company": "Acme\\u0000Inc"}]}')
    assert [error.pointer for error in caught.value.errors] == ["#/contacts/1/company"]


def test_a_number_that_is_not_finite_is_pointed_at() -> None:
    with pytest.raises(Problem) as caught:
        parse(b'{"custom": {"k": [0.5, 1e999]}}')
    assert [error.pointer for error in caught.value.errors] == ["#/custom/k/1"]


def test_reading_never_recurses() -> None:
    """The depth is measured before the parser runs: no input reaches Python's recursion limit."""
    assert sys.getrecursionlimit() / 10 > MAX_DEPTH


@pytest.mark.parametrize("name", ["items", None])
@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD)
def test_a_body_of_items_is_read_as_any_other(raw: bytes, name: str | None) -> None:
    assert parse_many(raw, name) == json.loads(raw)
    assert parse_line(raw, 0) == json.loads(raw)


@pytest.mark.parametrize(("raw", "status"), BAD.values(), ids=BAD)
def test_a_body_of_items_without_items_is_refused_as_any_other(raw: bytes, status: int) -> None:
    with pytest.raises(Problem) as caught:
        parse_many(raw, "items")
    json.dumps(caught.value.document()).encode("utf-8")


def test_an_item_is_spoilt_alone() -> None:
    raw = b'{"items": [{"a": "x"}, {"a": "\\u0000"}, {"k\\u0001": 1}, {"a": "\\udc00"}, {"a": [1e400]}, 1e5]}'
    first, *spoilt, last = parse_many(raw, "items")["items"]
    assert (first, last) == ({"a": "x"}, 1e5)
    assert all(isinstance(each, Spoilt) for each in spoilt)
    places = ["#/items/1/a", "#/items/2/?", "#/items/3/a", "#/items/4/a/0"]
    assert [error.pointer for each in spoilt for error in each.errors] == places


def test_what_stands_beside_the_items_spoils_the_body() -> None:
    with pytest.raises(Problem) as caught:
        parse_many(b'{"items": [], "note": "\\u0000"}', "items")
    assert [error.pointer for error in caught.value.errors] == ["#/note"]


def test_a_line_is_spoilt_by_itself() -> None:
    found = parse_line(b'{"name": "T\\u0000wo"}', 3)
    assert isinstance(found, Spoilt)
    assert [error.pointer for error in found.errors] == ["#/3/name"]
