"""service/db/timeline.py: what holds from when until when."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db.timeline import Span, Timeline, clear, in_force, put

NOW = datetime(2026, 6, 15, tzinfo=UTC)


def day(number: int) -> datetime:
    """A day of June 2026; 15 is today."""
    return datetime(2026, 6, number, tzinfo=UTC)


def said(text: str) -> Timeline:
    """A timeline written as ``ann 1-9, ben 9-``; an empty side is open."""
    return tuple(_span(part.strip()) for part in text.split(",") if part.strip())


def _span(text: str) -> Span:
    value, _, days = text.partition(" ")
    start, _, end = days.partition("-")
    return Span(value=value, starts=day(int(start)) if start else None, until=day(int(end)) if end else None)


@pytest.mark.parametrize(
    ("before", "put_in", "after"),
    [
        ("", "ann -", "ann -"),
        ("ann -", "ann -", "ann -"),
        ("ann -", "ben -", "ann -15, ben 15-"),
        ("ann 3-", "ben -20", "ann 3-15, ben 15-20, ann 20-"),
        ("ann 3-, ", "ann -20", "ann 3-20"),
        ("ann 3-20, ben 20-", "cyd -", "ann 3-15, cyd 15-20, ben 20-"),
        ("ann 3-20, ben 20-", "ann -", "ann 3-20, ben 20-"),
        ("ann -", "ben 20-", "ann -20, ben 20-"),
        ("ann -20, ben 20-", "cyd 20-", "ann -20, cyd 20-"),
        ("ann -", "ann 5-", "ann 5-"),
        ("ann 3-", "ann 20-", "ann 3-"),
        ("ann 3-9, ben 9-", "cyd 5-", "ann 3-5, cyd 5-"),
        ("ben 9-", "ann 3-9", "ann 3-9, ben 9-"),
        ("ann -", "ann -9", "ann -9"),
        ("ann -", "ben -9", "ann -"),
        ("ann 12-", "ann -9", "ann -9"),
        ("ann 3-15, ben 15-", "ben 15-", "ann 3-15, ben 15-"),
    ],
)
def test_put(before: str, put_in: str, after: str) -> None:
    assert put(said(before), said(put_in)[0], NOW) == said(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("ann -", "ann -15"),
        ("ann 3-9", "ann 3-9"),
        ("ann 15-", ""),
        ("ann 3-20, ben 20-", "ann 3-15, ben 20-"),
    ],
)
def test_clear(before: str, after: str) -> None:
    assert clear(said(before), NOW) == said(after)


@pytest.mark.parametrize(("number", "value"), [(2, None), (3, "ann"), (8, "ann"), (9, "ben"), (20, None)])
def test_in_force(number: int, value: str | None) -> None:
    held = in_force(said("ann 3-9, ben 9-20"), day(number))
    assert (held.value if held else None) == value


_DAYS = st.none() | st.integers(1, 30)


@given(st.lists(st.tuples(st.sampled_from("abc"), _DAYS, _DAYS), max_size=6))
def test_spans_never_overlap_and_repeating_changes_nothing(
    puts: list[tuple[str, int | None, int | None]],
) -> None:
    timeline: Timeline = ()
    for value, start, end in puts:
        if start is not None and end is not None and end <= start:
            continue
        span = Span(value=value, starts=day(start) if start else None, until=day(end) if end else None)
        timeline = put(timeline, span, NOW)
        assert put(timeline, span, NOW) == timeline
        for left, right in pairwise(timeline):
            assert left.until is not None and right.starts is not None and left.until <= right.starts
