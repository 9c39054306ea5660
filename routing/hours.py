"""Working hours as people write them: ``{mon-thu: "09:00-12:00, 13:00-17:30", fri: "08:00-14:00"}``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from routing.types.people import WorkBlock

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")


def read_hours(given: Mapping[str, str | Sequence[str]]) -> tuple[WorkBlock, ...]:
    """Read hours by weekday or range of weekdays; several stretches are a list, or have commas between.

    Raises ValueError that names what is wrong and what would be right.
    """
    blocks = []
    for days, written in given.items():
        spans = written.split(",") if isinstance(written, str) else written
        for weekday in _weekdays(days):
            blocks += [_block(weekday, span) for span in spans]
    return tuple(sorted(blocks, key=lambda block: (block.weekday, block.start)))


def _weekdays(text: str) -> range:
    first, _, last = text.strip().lower().partition("-")
    try:
        found = range(WEEKDAYS.index(first[:3]), WEEKDAYS.index((last or first)[:3]) + 1)
    except ValueError:
        found = range(0)
    if not found:
        raise ValueError(f"'{text}' are no weekdays; write mon, tue, ... or mon-fri")
    return found


def _block(weekday: int, span: str) -> WorkBlock:
    start, _, end = (part.strip() for part in span.partition("-"))
    if not (_TIME.fullmatch(start) and _TIME.fullmatch(end)) or _minutes(start) >= _minutes(end):
        raise ValueError(f"'{span.strip()}' is no stretch of a day; write e.g. 09:00-17:30")
    return WorkBlock(weekday=weekday, start=_minutes(start), end=_minutes(end))


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
