"""The time that is counted: its quarters or months, and for each account the equal span before the program.

An account's time in the program may begin in the middle of a period. What it brought is then
set against as long a time before it came in: it came in at the beginning of its first
placement, whenever that was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.program.core import quarters
from service.program.core.settings import ProgramSettings

MOST_PARTS = 120


class TooManyParts(ValueError):
    """A period has more quarters or months than are told apart; the message says how many there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``since`` up to, not including, ``until``. ``name`` is that of a quarter or a month."""

    since: datetime
    until: datetime
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A tier that an account was in; None for ``until``: it goes on."""

    account: str
    tier: str
    starts: datetime
    until: datetime | None


Unit = tuple[str, str | None, str | None]
"""What is compared by itself: an account, its tier and the part of the period, where those are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How long an account was in the program within a period, and the equal span before it came in."""

    unit: Unit
    seconds: int
    before: Span

    @property
    def account(self) -> str:
        """Whose it is."""
        return self.unit[0]


def by_quarter(settings: ProgramSettings, since: datetime, until: datetime) -> tuple[Span, ...]:
    """The fiscal quarters of a period, the first and the last cut to it. Raises TooManyParts."""
    found, each = [], quarters.current(settings, since)
    while each.starts < until:
        found.append(Span(since=max(each.starts, since), until=min(each.ends, until), name=each.name))
        if len(found) > MOST_PARTS:
            raise TooManyParts(f"A period has at most {MOST_PARTS} quarters")
        each = quarters.following(settings, each)
    return tuple(found)


def by_month(settings: ProgramSettings, since: datetime, until: datetime) -> tuple[Span, ...]:
    """The months of a period in the zone of the fiscal calendar, as 2026-03. Raises TooManyParts."""
    zone = ZoneInfo(settings.fiscal.zone)
    day = since.astimezone(zone).date().replace(day=1)
    edges: list[tuple[date, datetime]] = []
    while (moment := datetime.combine(day, time(), zone).astimezone(UTC)) < until:
        edges.append((day, max(moment, since)))
        if len(edges) > MOST_PARTS:
            raise TooManyParts(f"A period has at most {MOST_PARTS} months")
        day = (day + timedelta(days=32)).replace(day=1)
    ends = [moment for _, moment in edges[1:]] + [until]
    return tuple(
        Span(since=moment, until=end, name=f"{month:%Y-%m}")
        for (month, moment), end in zip(edges, ends, strict=True)
    )


def stays(
    placed: Iterable[Placed], parts: Sequence[Span], *, by_tier: bool, by_part: bool
) -> dict[Unit, Stay]:
    """How long each account was in the program in the parts of a period, and the equal spans before.

    ``parts`` follow each other and end now at the latest. ``placed`` has all placements of the accounts.
    """
    came_in: dict[str, datetime] = {}
    lasted: dict[Unit, timedelta] = {}
    for each in placed:
        came_in[each.account] = min(each.starts, came_in.get(each.account, each.starts))
        for part in parts:
            until = part.until if each.until is None else min(part.until, each.until)
            length = until - max(part.since, each.starts)
            if length > timedelta():
                unit = (each.account, each.tier if by_tier else None, part.name if by_part else None)
                lasted[unit] = lasted.get(unit, timedelta()) + length
    return {unit: _stay(unit, length, came_in[unit[0]]) for unit, length in lasted.items()}


def _stay(unit: Unit, length: timedelta, came_in: datetime) -> Stay:
    before = Span(since=came_in - length, until=came_in)
    return Stay(unit=unit, seconds=round(length.total_seconds()), before=before)


def cut(parts: Sequence[Span], now: datetime) -> tuple[Span, ...]:
    """The parts as far as they have been."""
    return tuple(
        Span(since=each.since, until=min(each.until, now), name=each.name)
        for each in parts
        if each.since < now
    )
