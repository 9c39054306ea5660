"""What is accepted of reps: who they are, when they work, when they are away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, Strict, model_validator

from routing.hours import WEEKDAYS
from routing.public_holidays import read_region
from routing.types.people import Handback, RepId, WorkBlock
from service.records.caps import MOST, Caps
from service.records.fields import (
    Custom,
    Day,
    Email,
    Identifier,
    Moment,
    Name,
    Reason,
    Record,
    Text32,
    Text64,
    Text128,
    check_order,
    zone_name,
)

_BLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*((?:[01]\d|2[0-3]):[0-5]\d|24:00)")

Region = Annotated[Text32, AfterValidator(read_region)]


class AbsenceRecord(Record):
    """A time a rep is away: from the start up to, not including, the end."""

    starts: Moment = Field(alias="from")
    until: Moment
    cover: Identifier | None = Field(default=None, description="The rep who stands in for what the rep owns.")
    reason: Reason | None = None
    handback: Annotated[Handback, Strict(False)] | None = Field(
        default=None,
        description="What the cover was given, when the absence ends: `return` (what is open goes back; so "
        "unless said), `untouched` (what the cover has not begun) or `stay`.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self.starts, self.until)
        return self


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _block(value: str) -> str:
    found = _BLOCK.fullmatch(value.strip())
    if found is None or (found[1] + ":" + found[2]) >= found[3]:
        raise ValueError('must be a stretch of one day such as "09:00-17:30"')
    return f"{found[1]}:{found[2]}-{found[3]}"


WorkingHours = dict[Weekday, list[Annotated[str, AfterValidator(_block)]]]
"""Day to stretches of wall-clock time, such as {"mon": ["09:00-12:00", "13:00-17:30"]}."""


class RepFields(Record):
    """A person who can own contacts."""

    name: Name | None = None
    email: Email | None = None
    role: Text64 | None = Field(default=None, examples=["AE"])
    team: Text128 | None = None
    manager: Identifier | None = Field(default=None, description="The external id of the rep's manager.")
    time_zone: Annotated[str, AfterValidator(zone_name)] | None = Field(
        default=None, examples=["Europe/Berlin"]
    )
    working_hours: WorkingHours | None = Field(
        default=None,
        description="Day to stretches in the rep's own zone; null: always working.",
        examples=[{"mon": ["09:00-12:00", "13:00-17:30"], "tue": ["09:00-17:30"]}],
    )
    absences: list[AbsenceRecord] | None = Field(
        default=None, max_length=200, description="The list replaces the former one."
    )
    holidays: Region | None = Field(
        default=None,
        description="Whose public holidays the rep has: a country or a part of it, as ISO 3166.",
        examples=["DE-BE"],
    )
    days_off: list[Day] | None = Field(default=None, max_length=500, description="Further days without work.")
    days_on: list[Day] | None = Field(
        default=None, max_length=500, description="Days that are worked although they are a holiday."
    )
    active: bool | None = None
    custom: Custom | None = None
    caps: Caps | None = Field(
        default=None, description="How many turns over all pools, in periods of the rep's own zone."
    )
    open_cap: Annotated[int, Field(ge=0, le=MOST)] | None = Field(
        default=None, description="How many contacts may be open before pools pass the rep over."
    )


class RepRecord(RepFields):
    """A rep and the id that everything else names the rep by."""

    external_id: Identifier


def blocks(hours: Mapping[Any, list[str]] | None) -> tuple[WorkBlock, ...]:
    """Working hours as the rotation counts them, in the order of the week."""
    return tuple(
        WorkBlock(weekday=WEEKDAYS.index(day), start=_minutes(start), end=_minutes(end))
        for day in WEEKDAYS
        for start, end in sorted(block.split("-") for block in (hours or {}).get(day, []))
    )


def hours(working: tuple[WorkBlock, ...]) -> dict[str, list[str]] | None:
    """Working hours as people write them; None when they are always."""
    written: dict[str, list[str]] = {}
    for block in working:
        written.setdefault(WEEKDAYS[block.weekday], []).append(f"{_clock(block.start)}-{_clock(block.end)}")
    return written or None


def rep_id(value: str | None) -> RepId | None:
    """A rep's id as the routing knows it."""
    return None if value is None else RepId(value)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
