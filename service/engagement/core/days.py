"""Whole days in UTC, counted from 1970-01-01: a number that both databases compare and subtract alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(moment: datetime) -> int:
    """The day that a moment lies in."""
    return (moment.astimezone(UTC) - _FIRST).days


def start_of(day: int) -> datetime:
    """The first moment of a day."""
    return _FIRST + timedelta(days=day)
