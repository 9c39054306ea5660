"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from routing.durations import Promise, Window, parse_moment, parse_promise, parse_time, parse_window

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 30, 6, 0, tzinfo=UTC)  # Monday 08:00 in Berlin; clocks went forward the day before


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("30 days", Window(30, "day")),
        ("30d", Window(30, "day")),
        ("1 week", Window(1, "week")),
        ("4 months", Window(4, "month")),
        ("2 years", Window(2, "year")),
        ("48 hours", Window(2880, "minute")),
        ("90 min", Window(90, "minute")),
        ("30", None),
        ("30 business days", None),
        ("thirty days", None),
        ("-3 days", None),
        ("99999 years", None),
        (30, None),
        (None, None),
    ],
)
def test_windows(text: object, window: Window | None) -> None:
    assert parse_window(text) == window


@pytest.mark.parametrize(
    ("text", "promise"),
    [
        ("4 business hours", Promise(240, "business")),
        ("2 business days", Promise(960, "business")),
        ("24 hours", Promise(1440, "real")),
        ("30m", Promise(30, "real")),
        ("1 day", Promise(1440, "real")),
        ("0 hours", None),
        ("soon", None),
    ],
)
def test_promises(text: object, promise: Promise | None) -> None:
    assert parse_promise(text) == promise


def test_days_are_dates_and_hours_are_exact() -> None:
    """From Monday 08:00 in Berlin 2 days back is all of Saturday, 48 hours is Saturday 07:00."""
    assert Window(2, "day").start(NOW, BERLIN) == datetime(2026, 3, 27, 23, 0, tzinfo=UTC)
    assert Window(2880, "minute").start(NOW, BERLIN) == datetime(2026, 3, 28, 6, 0, tzinfo=UTC)


def test_a_month_back_from_the_31st_is_the_months_last_day() -> None:
    now = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
    assert Window(1, "month").start(now, ZoneInfo("UTC")) == datetime(2026, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", datetime(2026, 2, 28, 23, 0, tzinfo=UTC)),
        ("2026-03-01T09:00", datetime(2026, 3, 1, 8, 0, tzinfo=UTC)),
        ("2026-03-01T09:00:00Z", datetime(2026, 3, 1, 9, 0, tzinfo=UTC)),
        ("2026-02-30", None),
        ("0001-01-01", None),
        ("tomorrow", None),
        (20260301, None),
    ],
)
def test_times(text: object, moment: datetime | None) -> None:
    assert parse_time(text, BERLIN) == moment


def test_moments_of_a_test() -> None:
    assert parse_moment("now", NOW, BERLIN) == NOW
    assert parse_moment("in 2 hours", NOW, BERLIN) == datetime(2026, 3, 30, 8, 0, tzinfo=UTC)
    # Across the change of the clocks the time of day stays: 08:00 in Berlin.
    assert parse_moment("2 days ago", NOW, BERLIN) == datetime(2026, 3, 28, 7, 0, tzinfo=UTC)
    assert parse_moment("some time ago", NOW, BERLIN) is None
