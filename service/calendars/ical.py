"""iCalendar text (RFC 5545) -> when somebody is away and when in meetings, within a window.

What an event means:

- cancelled events, and those that show as free (``TRANSP:TRANSPARENT``), are nothing;
- Outlook's ``X-MICROSOFT-CDO-BUSYSTATUS`` decides where it is given: ``OOF`` is away, ``BUSY``
  a meeting; ``FREE``, ``TENTATIVE`` and ``WORKINGELSEWHERE`` are nothing;
- else whole days, and events whose category or title says so (vacation, out of office,
  sick, ...), are away;
- all others are meetings.

Repeating events are unrolled on the wall clock of their own zone, so that one at
nine stays at nine when the clocks change. Times without a zone are the rep's own.
Pure: the window is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar, vRecur

MAX_BYTES = 4_000_000
MAX_EVENTS = 20_000
MAX_TIMES = 2_000
"""How often one event may come in a window."""

MAX_REASON = 200

_AWAY = re.compile(
    r"\b(out of (the )?office|ooo|vacation|holidays?|annual leave|parental leave|on leave|pto|day off|sick"
    r"|urlaub|abwesend|krank|elternzeit|cong[eé]s?|vacances|vacaciones|ferie)\b",
    re.IGNORECASE,
)
_RARE = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_EARLIEST = 1970
_LEAP = re.compile(r"(T\d{4})60(?=Z?\r?$)", re.MULTILINE)


class Unreadable(ValueError):
    """The text is no calendar. The message says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A time away, half-open, with the event's title."""

    start: datetime
    until: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a calendar says of a window. ``notes`` are events that could not be understood."""

    away: tuple[Away, ...]
    meetings: tuple[tuple[datetime, datetime], ...]
    notes: tuple[str, ...]


def read(text: str, zone: ZoneInfo, start: datetime, end: datetime) -> Read:
    """Read a calendar. Times that touch or overlap are joined. Raises Unreadable."""
    found = events(text)
    replaced = _replaced(found, zone)
    away: list[Away] = []
    meetings: list[tuple[datetime, datetime]] = []
    notes: list[str] = []
    for event in found:
        try:
            kind = _kind(event)
            if kind is None:
                continue
            reason = _title(event) if kind == "away" else None
            for begin, until in _times(event, zone, start, end, replaced):
                if kind == "away":
                    away.append(Away(start=begin, until=until, reason=reason))
                else:
                    meetings.append((begin, until))
        except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
            notes.append(
                f"event {str(event.get('UID', '?'))[:80]}: {str(error)[:120] or type(error).__name__}"
            )
    return Read(away=_joined_away(away), meetings=_joined(meetings), notes=tuple(notes[:50]))


def events(text: str) -> list[Any]:
    """Return the events of a calendar. Raises Unreadable."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise Unreadable(f"the calendar has more than {MAX_BYTES:,} bytes; export only the coming year")
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        raise Unreadable("this is no iCalendar text: it must begin with BEGIN:VCALENDAR")
    if not text.rstrip().upper().endswith("END:VCALENDAR"):
        raise Unreadable("the calendar is cut off: it does not end with END:VCALENDAR")
    try:
        calendars = Calendar.from_ical(_LEAP.sub(r"\g<1>59", text), multiple=True)
        found = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, IndexError, KeyError) as error:
        raise Unreadable(f"the calendar cannot be read: {str(error)[:200]}") from None
    if len(found) > MAX_EVENTS:
        raise Unreadable(f"the calendar has more than {MAX_EVENTS:,} events; export only the coming year")
    return found


def _kind(event: Any) -> str | None:
    """What an event means: ``away``, ``meeting``, or (None) nothing."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    shown = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()
    if shown:
        return {"OOF": "away", "BUSY": "meeting"}.get(shown)
    if str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return None
    whole_days = not isinstance(event["DTSTART"].dt, datetime)
    said = " ".join([_title(event) or "", *_categories(event)])
    return "away" if whole_days or _AWAY.search(said) else "meeting"


def _title(event: Any) -> str | None:
    title = " ".join(str(event.get("SUMMARY", "")).split())
    return "".join(char for char in title if char.isprintable())[:MAX_REASON] or None


def _categories(event: Any) -> list[str]:
    given = event.get("CATEGORIES", [])
    listed = given if isinstance(given, list) else [given]
    return [str(name) for each in listed for name in getattr(each, "cats", [each])]


def _times(
    event: Any,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    replaced: frozenset[tuple[str, datetime]],
) -> Iterator[tuple[datetime, datetime]]:
    """The times of an event within the window, cut to it."""
    first = event["DTSTART"].dt
    length = _length(event, first, zone)
    if length <= timedelta():
        return
    repeats = "RECURRENCE-ID" not in event and ("RRULE" in event or "RDATE" in event)
    begins = _repeated(event, first, zone, start - length, end) if repeats else [_moment(first, zone)]
    for begin in begins:
        if repeats and (str(event.get("UID", "")), begin) in replaced:
            continue
        until = _later(begin, length, first, zone)
        if begin < end and until > start:
            yield max(begin, start), min(until, end)


def _length(event: Any, first: date, zone: ZoneInfo) -> timedelta:
    if "DTEND" in event:
        last = event["DTEND"].dt
        if not isinstance(first, datetime) and not isinstance(last, datetime):
            whole: timedelta = last - first
            return max(whole, timedelta(days=1))
        return _moment(last, zone) - _moment(first, zone)
    if "DURATION" in event:
        span: timedelta = event["DURATION"].dt
        return span
    return timedelta() if isinstance(first, datetime) else timedelta(days=1)


def _later(begin: datetime, length: timedelta, first: date, zone: ZoneInfo) -> datetime:
    """When an event that began so ends: whole days end at a midnight, hours after so many hours."""
    if isinstance(first, datetime):
        return begin + length
    day = begin.astimezone(zone).date() + length
    return _moment(day, zone)


def _repeated(event: Any, first: date, zone: ZoneInfo, start: datetime, end: datetime) -> Iterable[datetime]:
    """The beginnings of an event that comes again, on the wall clock of its own zone."""
    home = _zone_of(first, zone)
    wall = _wall(first, home)
    if wall.year < _EARLIEST:
        raise ValueError("it began before 1970")
    rules = rruleset()
    for rule in _several(event.get("RRULE")):
        rules.rrule(rrulestr(_rule(rule, home), dtstart=wall))
    if "RRULE" not in event:
        rules.rdate(wall)
    for given in _dates(event.get("RDATE")):
        rules.rdate(_wall(given, home))
    for given in _dates(event.get("EXDATE")):
        rules.exdate(_wall(given, home))
    day = timedelta(days=1)  # the window is in real time: a day more on the wall is enough for any zone
    opens = start.astimezone(home).replace(tzinfo=None) - day
    closes = end.astimezone(home).replace(tzinfo=None) + day
    found = list(islice(rules.xafter(opens, inc=True), MAX_TIMES))
    return [each.replace(tzinfo=home).astimezone(UTC) for each in found if each <= closes]


def _rule(rule: Any, home: tzinfo) -> str:
    """The rule as dateutil reads it: UNTIL on the wall clock, as the beginning is."""
    frequency = str(next(iter(rule.get("FREQ", [])), "")).upper()
    if frequency not in _RARE:
        raise ValueError(f"it repeats {frequency.lower() or 'in a way'} that is not read")
    parts = dict(rule)
    if "UNTIL" in parts:
        parts["UNTIL"] = [_wall(until, home, end_of_day=True) for until in _several(parts["UNTIL"])]
    text: bytes = vRecur(parts).to_ical()  # type: ignore[no-untyped-call]
    return text.decode()


def _replaced(found: Iterable[Any], zone: ZoneInfo) -> frozenset[tuple[str, datetime]]:
    """Which comings of repeating events were changed one by one: those events stand in their place."""
    changed = set()
    for event in found:
        given = event.get("RECURRENCE-ID")
        if given is not None and hasattr(given, "dt"):
            changed.add((str(event.get("UID", "")), _moment(given.dt, zone)))
    return frozenset(changed)


def _several(given: Any) -> list[Any]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _dates(given: Any) -> list[date]:
    """The dates or times of RDATE and EXDATE; of a period its beginning."""
    found = []
    for each in _several(given):
        for item in getattr(each, "dts", []):
            found.append(item.dt[0] if isinstance(item.dt, tuple) else item.dt)
    return found


def _zone_of(moment: date, zone: ZoneInfo) -> tzinfo:
    return (moment.tzinfo if isinstance(moment, datetime) else None) or zone


def _wall(moment: date, home: tzinfo, *, end_of_day: bool = False) -> datetime:
    """What the wall clock of a zone shows at a time, or at the midnight of a date."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time.max if end_of_day else time.min).replace(microsecond=0)
    return (moment.astimezone(home) if moment.tzinfo else moment).replace(tzinfo=None)


def _moment(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    joined: list[tuple[datetime, datetime]] = []
    for begin, until in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((begin, until))
    return tuple(joined)


def _joined_away(times: Iterable[Away]) -> tuple[Away, ...]:
    """Times away under one title that touch are one: a week of whole days is one absence."""
    by_reason: dict[str | None, list[tuple[datetime, datetime]]] = {}
    for each in times:
        by_reason.setdefault(each.reason, []).append((each.start, each.until))
    found = [
        Away(start=begin, until=until, reason=reason)
        for reason, spans in by_reason.items()
        for begin, until in _joined(spans)
    ]
    return tuple(sorted(found, key=lambda each: (each.start, each.until, each.reason or "")))
