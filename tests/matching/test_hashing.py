"""Stable hashes: one by one and in bulk the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.hashing import beginnings, hashed, hashes, mix, mixed

texts = st.lists(st.text(st.characters(), max_size=40), max_size=20)


def test_a_hash_is_the_same_on_every_machine() -> None:
    told = [hashed(text) for text in ("", "acme", "a longer text, of three parts", "株式会社")]
    assert told == [0, 15488895845241769575, 1995447522296034313, 4246593174891413099]


@settings(max_examples=60, deadline=None)
@given(texts)
def test_in_bulk_as_one_by_one(given: list[str]) -> None:
    assert hashes(given).tolist() == [hashed(text) for text in given]


@settings(max_examples=40, deadline=None)
@given(texts)
def test_beginnings_are_the_first_eight_bytes(given: list[str]) -> None:
    data = [text.encode("utf-8", "surrogatepass")[:8].ljust(8, b"\0") for text in given]
    assert beginnings(given).tolist() == [int.from_bytes(each, "big") for each in data]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=20))
def test_mixing_in_bulk_as_one_by_one(values: list[int]) -> None:
    assert mix(np.array(values, dtype=np.uint64)).tolist() == [mixed(value) for value in values]
