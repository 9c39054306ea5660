"""service/imports/layouts.py: a file read a block at a time has the rows that it has as a whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.imports.reading import Format, Row, open_bytes

CSV = ["1,plain", '2,"two\nlines"', '3,5" pipe', '4,"a\r\n\r\nb, ""c"""', "", " , ", '5,"x"y', "6,a,b", "7",
       '8,"', "9,é\rlast", '"', "10,\u2028"]  # fmt: skip
NDJSON = ['{"id": "1"}', "", "not json", "[1]", '{"id": "2\\n"}', '{"id": 1e999}']
JSON = ['{"id": "1"}', "2", "null", '{"id": [1, {"a": 1e999}]}']


def read(raw: str, format: Format, size: int | None) -> list[Row]:
    source = open_bytes(io.BytesIO(raw.encode()), format)
    if size is None:
        return list(source.rows)
    return [row for block in source.blocks(size) for row in source.layout.rows_of(block)]


@settings(max_examples=150, deadline=None)
@given(
    some=st.lists(st.sampled_from(CSV), max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 4),
)
def test_csv(some: list[str], end: str, size: int) -> None:
    raw = end.join(["", '"id', ' of it",name', *some])
    assert read(raw, Format.CSV, size) == read(raw, Format.CSV, None)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_json(size: int) -> None:
    for raw, format in (("\n".join(NDJSON), Format.NDJSON), (f"[{','.join(JSON)}]", Format.JSON)):
        found = read(raw, format, size)
        assert found == read(raw, format, None) and len(found) >= len(JSON)


def test_a_block_ends_where_a_row_does() -> None:
    source = open_bytes(io.BytesIO(b'id,name\n1,a\n2,"b\nc\nd"\n3,e\n4,f\n'), Format.CSV)
    assert [(block.before, block.held) for block in source.blocks(2)] == [
        (1, '1,a\n2,"b\nc\nd"\n'),
        (5, "3,e\n4,f\n"),
    ]
