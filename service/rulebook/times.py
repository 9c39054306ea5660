"""A moment as a person writes it: a local time in a stated zone, or a time with an offset."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def local_time(text: str, zone: ZoneInfo) -> datetime | str:
    """The moment in UTC, or what is wrong with the text.

    A time without an offset is one in ``zone``. One that the clocks skip or show
    twice there, when they are put forward or back, is refused: it needs an offset.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        early, late = (_in_utc(found, zone, fold) for fold in (0, 1))
    except (ValueError, OverflowError):
        return "must be a time such as 2026-05-01T08:00 or 2026-05-01T08:00+02:00"
    if early != late:
        back = early.astimezone(zone).replace(tzinfo=None)
        what = "shown twice" if back == found else "skipped"
        return f"is {what} by the clocks of {zone.key}; write it with an offset, such as {found.isoformat()}Z"
    return early


def _in_utc(moment: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone, fold=fold)).astimezone(UTC)
