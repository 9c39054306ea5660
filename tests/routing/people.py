"""Reps by wall-clock words, for tests of what depends on hours."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from routing.types.people import Absence, Rep, RepId, WorkBlock

OFFICE = [(day, "09:00", "17:00") for day in range(5)]
SPLIT = [(day, start, end) for day in range(5) for start, end in (("09:00", "12:00"), ("13:00", "18:00"))]
NIGHTS = [(day, "22:00", "24:00") for day in range(5)] + [(day, "00:00", "06:00") for day in range(1, 6)]


def minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def rep(
    zone: str,
    hours: list[tuple[int, str, str]],
    *,
    away: tuple[tuple[str, str], ...] = (),
    active: bool = True,
) -> Rep:
    """A rep by wall-clock words; ``away`` is in the rep's own zone."""
    return Rep(
        id=RepId("r1"),
        name="R",
        time_zone=zone,
        working_hours=tuple(WorkBlock(weekday=d, start=minute(s), end=minute(e)) for d, s, e in hours),
        absences=tuple(Absence(start=at(zone, start), until=at(zone, until)) for start, until in away),
        active=active,
    )


def at(zone: str, text: str) -> datetime:
    """A wall-clock time; a trailing ``+`` means the second time the clock shows it."""
    fold = int(text.endswith("+"))
    return datetime.fromisoformat(text.rstrip("+")).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
