"""Fiscal quarters and the windows before them.

A quarter begins at midnight of its first day in the zone of the settings. Where the
clocks skip midnight it begins with the first moment of that day; where midnight comes
twice, with the first. Windows are counted in calendar days of the zone, so that one
opens at midnight although the clocks change in between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.program.core.settings import Fiscal, Named, ProgramSettings

_NAME = re.compile(r"FY(\d{4})-Q([1-4])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A quarter of a fiscal year with its window of nominations; all half-open.

    ``number`` counts quarters from a fixed one, so that the next has the next number.
    """

    name: str  # "FY2027-Q1"
    number: int
    starts: datetime
    ends: datetime
    opens: datetime
    closes: datetime

    def takes(self, now: datetime) -> bool:
        """Whether nominations for it are taken at ``now``."""
        return self.opens <= now < self.closes


def current(settings: ProgramSettings, now: datetime) -> Quarter:
    """The quarter that ``now`` lies in."""
    local = now.astimezone(ZoneInfo(settings.fiscal.zone)).date()
    guess = _number_of(settings.fiscal, local)
    found = quarter(settings, guess)
    return found if now < found.ends else quarter(settings, guess + 1)


def upcoming(settings: ProgramSettings, now: datetime) -> Quarter:
    """The next quarter to begin: the one that is nominated for."""
    return following(settings, current(settings, now))


def following(settings: ProgramSettings, one: Quarter, steps: int = 1) -> Quarter:
    """The quarter ``steps`` after another."""
    return quarter(settings, one.number + steps)


def named(settings: ProgramSettings, name: str) -> Quarter | None:
    """The quarter of a name such as FY2027-Q1; None when it is no name of one."""
    said = _NAME.fullmatch(name)
    if said is None:
        return None
    year, place = int(said[1]), int(said[2]) - 1
    first = year - _shift(settings.fiscal)
    return quarter(settings, first * 4 + place) if 1970 < first < 2099 else None


def quarter(settings: ProgramSettings, number: int) -> Quarter:
    """The quarter of a number."""
    year, place = divmod(number, 4)
    zone = ZoneInfo(settings.fiscal.zone)
    first, last = _first_day(settings.fiscal, number), _first_day(settings.fiscal, number + 1)
    window = settings.window
    return Quarter(
        name=f"FY{year + _shift(settings.fiscal)}-Q{place + 1}",
        number=number,
        starts=_midnight(first, zone),
        ends=_midnight(last, zone),
        opens=_midnight(first - timedelta(days=window.opens_days_before), zone),
        closes=_midnight(first - timedelta(days=window.closes_days_before), zone),
    )


def _number_of(fiscal: Fiscal, day: date) -> int:
    months = day.year * 12 + day.month - fiscal.month - (day.day < fiscal.day)
    return months // 3


def _first_day(fiscal: Fiscal, number: int) -> date:
    months = number * 3 + fiscal.month - 1
    return date(months // 12, months % 12 + 1, fiscal.day)


def _shift(fiscal: Fiscal) -> int:
    """What is added to the year a fiscal year begins in to have the year it is called by."""
    return int(fiscal.named is Named.END and (fiscal.month, fiscal.day) != (1, 1))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
