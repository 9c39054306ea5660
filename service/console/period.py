"""The time that a page is about, as its reader chose it, and its parts for a chart. Pure.

Days are those of the reader's zone. An address says a period in one of three ways: by
name (``period=7``), in days (``from`` and ``to``, both included), or to the moment
(``since`` and ``until``), as the bars of a chart do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NAMES = {
    "today": "Today",
    "7": "The last 7 days",
    "14": "The last 14 days",
    "30": "The last 30 days",
    "90": "The last 90 days",
}
USUAL = "7"
OWN = "own"
"""The name of a period that the reader set the bounds of."""

_HOURLY, _DAILY, _WEEKLY = timedelta(days=1, hours=1), timedelta(days=45), timedelta(days=731)
_EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``since`` up to, not including, ``until``. ``said``: how an address names it.

    ``problem`` is what was wrong with the days that were asked for; the usual period stands in for them.
    """

    name: str
    since: datetime
    until: datetime
    zone: str
    said: Mapping[str, str]
    problem: str | None = None

    @property
    def first(self) -> date:
        """Its first day."""
        return self.since.astimezone(ZoneInfo(self.zone)).date()

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.until - timedelta(microseconds=1)).astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a period: an hour, a day, a week, a month. ``mark`` is short, ``label`` whole.

    ``said``: how an address names it.
    """

    since: datetime
    until: datetime
    said: Mapping[str, str]
    mark: str
    label: str


def chosen(query: Mapping[str, str], zone: str, now: datetime) -> Span:
    """The period that an address asks for, the usual one where it asks for none."""
    return asked(query, zone, now) or _named(USUAL, zone, now)


def asked(query: Mapping[str, str], zone: str, now: datetime) -> Span | None:
    """The period that an address asks for; None where it asks for none."""
    if "since" in query or "until" in query:
        return _exact(query, zone, now)
    if query.get("period") in NAMES:
        return _named(query["period"], zone, now)
    return _days(query, zone, now) if query.get("from") or query.get("to") else None


def parts(span: Span) -> tuple[Part, ...]:
    """The period in hours, days, weeks or months, by its length; the first and the last may be cut."""
    length = span.until - span.since
    there = ZoneInfo(span.zone)
    found, start = [], span.since
    while start < span.until:
        local = start.astimezone(there)
        end = min(_end(local, length, there), span.until)
        found.append(_part(start, end, local, length, span.zone))
        start = end
    return tuple(found)


def _named(name: str, zone: str, now: datetime) -> Span:
    back = 1 if name == "today" else int(name)
    today = now.astimezone(ZoneInfo(zone)).date()
    since, until = (
        _midnight(today - timedelta(days=back - 1), zone),
        _midnight(today + timedelta(days=1), zone),
    )
    return Span(name=name, since=since, until=until, zone=zone, said={"period": name})


def _days(query: Mapping[str, str], zone: str, now: datetime) -> Span:
    today = now.astimezone(ZoneInfo(zone)).date()
    try:
        last = date.fromisoformat(query["to"]) if query.get("to") else today
        first = date.fromisoformat(query["from"]) if query.get("from") else last - timedelta(days=6)
    except (ValueError, OverflowError):
        return _instead("A day is written as 2026-03-31.", zone, now)
    if first > last:
        return _instead(f"The period would begin on {first} and end before it, on {last}.", zone, now)
    if first < _EARLIEST or last > today + timedelta(days=366):
        return _instead(f"The period must lie between {_EARLIEST} and a year from now.", zone, now)
    since, until = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    said = {"from": first.isoformat(), "to": last.isoformat()}
    return Span(name=OWN, since=since, until=until, zone=zone, said=said)


def _exact(query: Mapping[str, str], zone: str, now: datetime) -> Span:
    try:
        until = datetime.fromisoformat(query["until"]) if "until" in query else now
        since = datetime.fromisoformat(query["since"]) if "since" in query else until - timedelta(days=7)
    except (ValueError, OverflowError):
        return _instead("A moment is written as 2026-03-31T09:30:00+00:00.", zone, now)
    if since.tzinfo is None or until.tzinfo is None or not since < until or since.year < _EARLIEST.year:
        return _instead("A period needs a moment with its zone, and another after it.", zone, now)
    return Span(name=OWN, since=since, until=until, zone=zone, said=moments(since, until))


def moments(since: datetime, until: datetime) -> dict[str, str]:
    """How an address names a period to the moment."""
    return {"since": since.astimezone(UTC).isoformat(), "until": until.astimezone(UTC).isoformat()}


def _instead(problem: str, zone: str, now: datetime) -> Span:
    usual = _named(USUAL, zone, now)
    return Span(
        name=usual.name, since=usual.since, until=usual.until, zone=zone, said=usual.said, problem=problem
    )


def _end(local: datetime, length: timedelta, there: ZoneInfo) -> datetime:
    """Where the part that a moment is in ends."""
    if length <= _HOURLY:
        return local.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    day = local.date()
    if length <= _DAILY:
        following = day + timedelta(days=1)
    elif length <= _WEEKLY:
        following = day + timedelta(days=7 - day.weekday())
    else:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(following, time.min, there).astimezone(UTC)


def _part(start: datetime, end: datetime, local: datetime, length: timedelta, zone: str) -> Part:
    if length <= _HOURLY:
        mark, label = f"{local:%H}", f"{local:%d %b, %H:00}"
    elif length <= _DAILY:
        mark, label = f"{local.day}", f"{local:%a %d %b %Y}"
    elif length <= _WEEKLY:
        mark, label = f"{local.day}", f"Week from {local:%d %b %Y}"
    else:
        mark, label = f"{local:%b}", f"{local:%B %Y}"
    return Part(since=start, until=end, said=_said(start, end, zone), mark=mark, label=label)


def _said(since: datetime, until: datetime, zone: str) -> Mapping[str, str]:
    """Whole days by their dates, anything else to the moment."""
    there = ZoneInfo(zone)
    first, last = since.astimezone(there), (until - timedelta(microseconds=1)).astimezone(there).date()
    whole = (since, until) == (_midnight(first.date(), zone), _midnight(last + timedelta(days=1), zone))
    return {"from": f"{first.date()}", "to": f"{last}"} if whole else moments(since, until)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
