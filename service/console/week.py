"""A rep's week as a strip of bars on the reader's clocks: work, meetings, holidays, leave, the switch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.availability import Stretch, week
from routing.types.people import Rep, RepId
from routing.types.rotation import SkipReason

DAYS = 7
YEARS = range(2000, 2200)
"""The years of which a week is shown; another is that of today."""
_TONES: dict[SkipReason | None, tuple[str, str]] = {
    None: ("good", "at work"),
    SkipReason.BUSY: ("info", "in a meeting"),
    SkipReason.OFFLINE: ("bad", "offline"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A time of the strip. ``left`` and ``width`` are percents of it; ``text`` says it in words."""

    left: float
    width: float
    tone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One rep's week. ``marks`` are where the days begin, in percent; ``text`` is all of it in words."""

    bars: tuple[Bar, ...]
    marks: tuple[float, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The days of a strip, from one midnight of the reader's zone to another."""

    first: date
    zone: ZoneInfo

    def edge(self, number: int) -> datetime:
        """The midnight at which a day begins, in UTC."""
        day = self.first + timedelta(days=number)
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    @property
    def days(self) -> list[date]:
        """The dates."""
        return [self.first + timedelta(days=number) for number in range(DAYS)]

    def moved(self, weeks: int) -> str:
        """The first day of another week, as an address names it."""
        return (self.first + timedelta(weeks=weeks)).isoformat()

    def place(self, moment: datetime) -> float:
        """Where a moment is, in percent; what lies outside is at the end it is nearer to."""
        start, end = self.edge(0), self.edge(DAYS)
        return round(100 * min(max((moment - start) / (end - start), 0.0), 1.0), 3)


def frame(now: datetime, zone: str, first: str | None = None) -> Frame:
    """The week from the Monday of ``first`` (a date as text; else of today) in a zone."""
    known = ZoneInfo(zone)
    today = now.astimezone(known).date()
    try:
        day = date.fromisoformat(first) if first else today
    except ValueError:
        day = today
    day = day if day.year in YEARS else today
    return Frame(first=day - timedelta(days=day.weekday()), zone=known)


def strip(rep: Rep, shown: Frame, names: Mapping[RepId, str]) -> Strip:
    """A rep's week. Of times that overlap the later of the list lies above."""
    bars = tuple(bar for bar in _bars(rep, shown, names) if bar.width > 0)
    said = "; ".join(dict.fromkeys(bar.text for bar in bars)) or "no working hours"
    return Strip(
        bars=bars,
        marks=tuple(shown.place(shown.edge(number)) for number in range(1, DAYS)),
        text=f"{rep.name}: {said}",
    )


def _bars(rep: Rep, shown: Frame, names: Mapping[RepId, str]) -> Iterator[Bar]:
    own = ZoneInfo(rep.time_zone)
    for each in week(rep, shown.first - timedelta(days=1), DAYS + 2):
        if each.holiday:
            start = datetime.combine(each.day, time.min, own)
            yield _bar(shown, start, start + timedelta(days=1), "ask", f"holiday, {each.holiday}")
        for part in each.stretches:
            yield from _worked(shown, part)
    for away in rep.absences:
        cover = f", covered by {names.get(away.cover, away.cover)}" if away.cover else ""
        reason = f" ({away.reason})" if away.reason else ""
        yield _bar(shown, away.start, away.until, "warn", f"away{reason}{cover}")


def _worked(shown: Frame, part: Stretch) -> Iterator[Bar]:
    if part.reason in _TONES:
        tone, said = _TONES[part.reason]
        yield _bar(shown, part.start, part.until, tone, said)


def _bar(shown: Frame, start: datetime, until: datetime, tone: str, said: str) -> Bar:
    left, right = shown.place(start), shown.place(until)
    begins, ends = start.astimezone(shown.zone), until.astimezone(shown.zone)
    last = f"{ends:%H:%M}" if ends.date() == begins.date() else f"{ends:%a %d %b %H:%M}"
    return Bar(
        left=left, width=round(right - left, 3), tone=tone, text=f"{begins:%a %d %b %H:%M} to {last} {said}"
    )
