"""What a cell of text says, as the value a record wants. A ValueError says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from matching.places import country_code
from matching.types import AliasKind
from routing.hours import WEEKDAYS
from service.engagement.words import strength_of

_ALIAS_KINDS = frozenset(kind.value for kind in AliasKind)
_TRUE = frozenset(["true", "yes", "y", "1", "t", "active", "enabled", "ja", "oui", "si", "x"])
_FALSE = frozenset(["false", "no", "n", "0", "f", "inactive", "disabled", "nein", "non"])
_NUMBER = re.compile(r"[-+]?\d[\d.,'\u2019\u00a0\u202f ]*")
_GROUPED = re.compile(r"\d{1,3}(?:[.,' ]\d{3})+")
_FAILED = frozenset((
    "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!",
    "#ERROR!", "#N/D", "#NV", "#BEZUG!", "#WERT!", "#VALOR!", "#VALEUR!", "#ADR!", "#YOK",
))  # fmt: skip
"""What spreadsheets write where a formula failed, in English and some other languages."""
_QUOTED = re.compile(r'="((?:[^"]|"")*)"')
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ ,T]+(\d{1,2}:\d{2}(?::\d{2})?))?")
SLASHED = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([ap])\.?m\.?)?)?",
    re.IGNORECASE,
)
"""A date with slashes: two numbers that are day and month, the year, and the time of day."""


def said(cell: str) -> str:
    """What a cell holds: nothing where a spreadsheet's formula failed, and the text of ="0042"."""
    found = cell.strip()
    if found[:1] == "#" and found.upper() in _FAILED:
        return ""
    quoted = _QUOTED.fullmatch(found) if found[:1] == "=" else None
    return quoted.group(1).replace('""', '"').strip() if quoted else found


def text(cell: str) -> str:
    """The text in one line; without the quote that spreadsheets need before a formula."""
    line = re.sub(r"[\r\n\t]+", " ", cell)
    return line[1:] if line[:1] == "'" and line[1:2] in ("=", "+", "-", "@") else line


def whole(cell: str) -> int:
    """A whole number: 1200, 1,200, 1.200, 1200.0."""
    if _GROUPED.fullmatch(cell.strip()):
        return int(re.sub(r"\D", "", cell))
    value = number(cell)
    if value != int(value):
        raise ValueError("must be a whole number such as 1200")
    return int(value)


def number(cell: str) -> float:
    """A number or an amount of money: 1200.50, 1,200.50, 1.200,50, EUR 1 200."""
    found = _NUMBER.search(cell)
    rest = cell.replace(found.group(), "", 1).strip() if found else cell
    if found is None or any(char.isdigit() for char in rest) or len(rest) > 4:
        raise ValueError("must be a number such as 1200.50")
    digits = re.sub(r"['\u2019\u00a0\u202f ]", "", found.group()).rstrip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        mark, other = digits[last], "," if digits[last] == "." else "."
        in_threes = len(digits) - last - 1 == 3 and (
            digits.count(mark) > 1 or (mark == "," and other not in digits)
        )
        if mark == "." and digits.count(".") == 1 and other not in digits and len(digits) - last - 1 == 3:
            raise ValueError("can be read as thousands or as a fraction; write 1200 or 1200.00")
        digits = digits.replace(other, "")
        digits = (
            digits.replace(mark, "") if in_threes or digits.count(mark) > 1 else digits.replace(mark, ".")
        )
    return float(digits)


def score(cell: str) -> float:
    """A score of 0 to 100: 85, 85 %, or a word such as High."""
    said = strength_of(cell)
    return number(cell) if said is None else said


def flag(cell: str) -> bool:
    """Yes or no, in the ways that exports write it."""
    word = cell.strip().casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("must be true or false")


def moment(cell: str, month_first: bool | None = None) -> datetime:
    """A date or a time. One without an offset is taken as UTC, a date as its midnight.

    ``month_first`` tells how a date with slashes is meant; None: nobody knows, and it is refused.
    """
    value = cell.strip().replace(" UTC", "Z")
    if slashed := SLASHED.fullmatch(value):
        return _slashed(slashed, month_first)
    if found := _DOTTED.fullmatch(value):
        day, month, year, clock = found.groups()
        value = f"{year}-{month:0>2}-{day:0>2}T{clock or '00:00'}"
    try:
        parsed = datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", value))
    except ValueError:
        raise ValueError("must be a date or time such as 2026-03-01 or 2026-03-01T09:00:00Z") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _slashed(found: re.Match[str], month_first: bool | None) -> datetime:
    if month_first is None:
        raise ValueError(
            "can be read as day/month or month/day; say with the file which (dates: mdy or dmy),"
            " or write it as 2026-03-01"
        )
    first, second, year, hour, minute, second_of_it, half = found.groups()
    month, day = (first, second) if month_first else (second, first)
    try:
        clock = int(hour or 0)
        if half is not None:
            if not 1 <= clock <= 12:
                raise ValueError
            clock = clock % 12 + (12 if half.lower() == "p" else 0)
        whole_year = int(year) if len(year) == 4 else 2000 + int(year)
        when = (clock, int(minute or 0), int(second_of_it or 0))
        return datetime(whole_year, int(month), int(day), *when, tzinfo=UTC)
    except ValueError:
        order = "month/day/year" if month_first else "day/month/year"
        raise ValueError(f"must be a date as {order}, as the others of the file are") from None


def listed(cell: str) -> list[str]:
    """Several values, with semicolons, bars or line breaks between them."""
    return [part.strip() for part in re.split(r"[;|\n]", cell) if part.strip()]


def aliases(cell: str) -> list[dict[str, str]]:
    """Other names, with semicolons between them; what one is may stand behind it: ``Globex (former); GX``."""
    found = []
    for part in listed(cell):
        name, _, kind = part.removesuffix(")").rpartition(" (")
        said = name.strip() and part.endswith(")") and kind.strip().lower() in _ALIAS_KINDS
        found.append({"name": name.strip(), "kind": kind.strip().lower()} if said else {"name": part})
    return found


def domains(cell: str) -> list[str]:
    """Several domains, with semicolons, commas, bars or spaces between them."""
    return [part for part in re.split(r"[;|,\s]+", cell) if part]


def hours(cell: str) -> dict[str, list[str]]:
    """Working hours such as ``Mon-Thu 09:00-12:00, 13:00-17:30; Fri 08:00-15:00``, by day."""
    found: dict[str, list[str]] = {}
    for part in filter(None, (each.strip() for each in cell.split(";"))):
        days, _, blocks = part.partition(" ")
        first, _, last = days.casefold().partition("-")
        start, end = _weekday(first), _weekday(last or first)
        if not blocks or end < start:
            raise ValueError("must be hours such as Mon-Thu 09:00-17:30; Fri 08:00-15:00")
        for day in WEEKDAYS[start : end + 1]:
            found.setdefault(day, []).extend(block.strip() for block in blocks.split(","))
    return found


def dates(cell: str) -> list[date]:
    """Several dates such as ``2026-12-24; 2026-12-31``."""
    return [moment(part).date() for part in listed(cell)]


def absences(cell: str) -> list[dict[str, Any]]:
    """Absences such as ``2026-06-01..2026-06-15 bo; 2026-08-03``: the first and last day, and the cover.

    Days are those of UTC. A time in the place of a date is exact, and as an end not included.
    """
    found = []
    for part in listed(cell):
        spans, _, cover = part.partition(" ")
        first, dots, last = spans.partition("..")
        if not dots:
            last = first
        start, until = moment(first), moment(last)
        if re.fullmatch(r"[\d.-]+", last):
            until += timedelta(days=1)
        found.append({"from": start, "until": until, "cover": cover.strip() or None})
    return found


def country(cell: str) -> str:
    """A place whose holidays count, by its ISO code or by the English name of a country."""
    place, dash, part = cell.strip().partition("-")
    known = country_code(place) if not dash or len(place) > 2 else place
    return f"{known or place}{dash}{part}"


def _weekday(name: str) -> int:
    for place, day in enumerate(WEEKDAYS):
        if name[:3] == day:
            return place
    raise ValueError("must be hours such as Mon-Thu 09:00-17:30; Fri 08:00-15:00")


MOMENTS = frozenset(
    {
        *("tier_from", "tier_until", "owner_from", "owner_until", "opened_at", "closed_at", "close_date"),
        *("expected_close_at", "at", "occurred_at"),
    }
)
"""The fields that are a moment."""
PARSERS: Mapping[str, Callable[[str], Any]] = {
    "employees": whole,
    "amount": number,
    "score": score,
    "count": whole,
    "home_amount": number,
    "iarr": number,
    "active": flag,
    "is_closed": flag,
    "won": flag,
    "aliases": aliases,
    "domains": domains,
    "working_hours": hours,
    "holidays": country,
    "days_off": dates,
    "days_on": dates,
    "absences": absences,
    **dict.fromkeys(MOMENTS, moment),
}
"""How the cells of a field are read; those of all others are text."""
