"""The ``calendars`` of a rulebook: working hours of teams, by a name that clocks use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import Field as Setting

from routing.hours import read_hours
from routing.public_holidays import read_region
from routing.reading import Node
from routing.sections import Section
from routing.shape import Report, validate
from routing.types.people import WorkCalendar
from routing.vocabulary import read_zone

RESERVED = ("assignee", "real")
"""Words that `calendar` of a clock knows itself."""


class CalendarSettings(Section):
    """The working hours of a team, whoever of it is there."""

    timezone: str = Setting(default="UTC", description="The zone of the hours and days, e.g. Europe/Berlin.")
    hours: dict[str, Any] = Setting(
        description='By weekdays, e.g. `{mon-thu: "09:00-12:00, 13:00-17:30", fri: "08:00-14:00"}`.'
    )
    holidays: str | None = Setting(
        default=None, description="Whose public holidays are free: a country or a part of it, `DE`, `US-CA`."
    )
    days_off: list[str] = Setting(
        default=[], alias="days off", description="Further days without work, e.g. `2026-12-24`."
    )
    days_on: list[str] = Setting(
        default=[], alias="days on", description="Days that are worked although they are a holiday."
    )


def read_calendars(node: Node | None, report: Report) -> Mapping[str, WorkCalendar]:
    """Read the section; what is wrong is reported at its place and left out."""
    found = {}
    for name, entry in ((node.mapping or {}) if node is not None else {}).items():
        if name in RESERVED:
            report(entry, "reserved", f"'{name}' is a word of its own for clocks", "choose another name")
        settings = validate(CalendarSettings, entry, f"the calendar '{name}'", report)
        if settings is not None:
            found[name] = _calendar(name, settings, entry.mapping or {}, report)
    return found


def _calendar(
    name: str, settings: CalendarSettings, entries: Mapping[str, Node], report: Report
) -> WorkCalendar:
    def tried(key: str, read: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return read()
        except ValueError as error:
            report(entries[key], "wrong_value", f"'{key}': {error}")
            return otherwise

    return WorkCalendar(
        name=name,
        time_zone=read_zone(entries.get("timezone"), report).key,
        working_hours=tried("hours", lambda: read_hours(_texts(settings.hours)), ()),
        holidays=tried("holidays", lambda: read_region(settings.holidays or ""), None)
        if "holidays" in entries
        else None,
        days_off=tried("days off", lambda: _dates(settings.days_off), ()),
        days_on=tried("days on", lambda: _dates(settings.days_on), ()),
    )


def _texts(hours: Mapping[str, Any]) -> dict[str, str | list[str]]:
    wrong = next(
        (
            day
            for day, spans in hours.items()
            if not isinstance(spans, str)
            and not (isinstance(spans, list) and all(isinstance(span, str) for span in spans))
        ),
        None,
    )
    if wrong is not None:
        raise ValueError(f"the hours of '{wrong}' are text such as 09:00-17:30, or a list of such")
    return dict(hours)


def _dates(written: list[str]) -> tuple[date, ...]:
    try:
        return tuple(sorted(date.fromisoformat(day) for day in written))
    except ValueError:
        raise ValueError("a day is written as 2026-12-24") from None
