"""What is accepted of accounts, reps, pools, opportunities and activities.

One definition for the API, for files and for the demo. A record names what it
changes: a field that is missing stays as it is, an explicit null clears it
(``model_fields_set`` tells the two apart). Identifiers are kept as given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from matching.normalize import own_domain
from matching.places import country_code
from matching.types import AliasKind, Scalar
from routing.hours import WEEKDAYS
from routing.public_holidays import read_region
from routing.types.people import Handback, RepId, WorkBlock
from routing.zones import ZONES
from service.pools.caps import MOST, Caps

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_LEAP = re.compile(r"(?<=[Tt ])(\d\d:\d\d):60(?:\.\d+)?")
_BLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*((?:[01]\d|2[0-3]):[0-5]\d|24:00)")
_ZONES = {name.casefold(): name for name in ZONES}


def printable(value: str) -> str:
    """The text as it is. Raises ValueError for control characters and halves of surrogate pairs."""
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ValueError("has a control character; leave it out")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _plain(value: Any) -> Scalar:
    if not isinstance(value, str | int | float | None):
        raise ValueError("must be text, a number, true, false or null")
    if isinstance(value, str):
        if len(value) > 4000:
            raise ValueError("is longer than 4000 characters")
        return printable(value.replace("\r\n", "\n").replace("\n", " ").replace("\t", " "))
    if isinstance(value, int) and not -(2**53) <= value <= 2**53:
        raise ValueError("is a number of more than 16 digits; send it as text")
    return value


def _country(value: str) -> str:
    code = country_code(value)
    if code is None:
        raise ValueError("is no country we know; write its ISO code, such as DE, or its English name")
    return code


def _domain(value: str, info: ValidationInfo) -> str:
    said = info.data or {}  # the fields before it
    domain = own_domain(value, names_of(said.get("name"), said.get("aliases")))
    if domain is None:
        raise ValueError("is no domain that belongs to one company; write it as acme.com")
    return domain


def names_of(name: str | None, aliases: Iterable[AliasRecord] | None) -> list[str]:
    """What an account is called, of what is known of it."""
    return [*filter(None, [name]), *(alias.name for alias in aliases or ())]


def _named(field: str) -> Callable[[Any], Any]:
    """A text stands for the record whose ``field`` it is."""

    def expand(value: Any) -> Any:
        return {field: value} if isinstance(value, str) else value

    return expand


def check_order(starts: datetime | None, until: datetime | None) -> None:
    """Raise ValueError unless ``starts`` is before ``until``; either may be open."""
    if starts is not None and until is not None and until <= starts:
        raise ValueError("until must be after from")


def _moment(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise ValueError("must be a date and time such as 2026-03-01T09:00:00Z")
    if isinstance(value, str) and _LEAP.search(value):
        return _LEAP.sub(r"\1:59", value)  # RFC 3339 has leap seconds, clocks here do not
    return value


def _in_range(value: datetime) -> datetime:
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        moment = None
    if moment is None or not _EARLIEST <= moment < _LATEST:
        raise ValueError("must lie between the years 1970 and 2100")
    return moment


def zone_name(value: str) -> str:
    """The time zone as IANA writes it. Raises ValueError."""
    known = _ZONES.get(value.strip().casefold())
    if known is None:
        raise ValueError("is no IANA time zone; write a name such as Europe/Berlin")
    return known


_PRINTABLE = AfterValidator(printable)
Text32 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32), _PRINTABLE]
Text64 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), _PRINTABLE]
Text128 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), _PRINTABLE]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256), _PRINTABLE]
Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320), _PRINTABLE]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), _PRINTABLE]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048), _PRINTABLE]

Identifier = Annotated[str, StringConstraints(max_length=255), AfterValidator(_not_blank), _PRINTABLE]
"""The caller's own identifier, kept exactly."""

Moment = Annotated[AwareDatetime, Strict(False), BeforeValidator(_moment), AfterValidator(_in_range)]
"""A date and time with an offset, kept in UTC."""

Region = Annotated[Text32, AfterValidator(read_region)]
Day = Annotated[date, Strict(False)]
Role = Annotated[Text32, AfterValidator(str.upper)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Money = Annotated[float, Strict(False), Field(ge=-(10**13), le=10**13)]
"""An amount of money, kept to the cent."""

Currency = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{3}$"),
    Field(examples=["EUR"]),
]
"""A currency by its code of ISO 4217."""

CustomValue = Annotated[Scalar, BeforeValidator(_plain)]
Country = Annotated[Text128, AfterValidator(_country)]
Domain = Annotated[Address, AfterValidator(_domain)]
Custom = Annotated[dict[Text128, CustomValue], Field(max_length=200)]


class Record(BaseModel):
    """What all records share: nothing unknown, nothing converted in silence."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_none(cls, value: Any, info: ValidationInfo) -> Any:
        """An empty text is no text."""
        if isinstance(value, str) and not value.strip():
            return value if cls.model_fields[str(info.field_name)].is_required() else None
        return value


class Held(Record):
    """A rep who holds a place for a time. Without ``from`` it is from now on."""

    rep: Identifier
    starts: Moment | None = Field(default=None, alias="from", description="When it begins.")
    until: Moment | None = Field(default=None, description="When it ends; null: until changed.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self.starts, self.until)
        return self


class TierRecord(Record):
    """A tier and the time it holds. Without ``from`` it is from now on."""

    tier: Text64
    starts: Moment | None = Field(default=None, alias="from", description="When it begins.")
    until: Moment | None = Field(default=None, description="When it ends; null: until changed.")
    reason: Reason | None = None
    decided_by: Identifier | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self.starts, self.until)
        return self


class AliasRecord(Record):
    """Another name of an account, what it is, and who says so."""

    name: Name
    kind: Annotated[AliasKind, Strict(False)] | None = Field(
        default=None,
        description="`former`, `brand`, `translation`, `acronym`, `dba` or `other`; left out: as it was.",
    )
    source: Text32 | None = Field(
        default=None, description="Who says so; left out: as it was.", examples=["company register"]
    )


OtherName = Annotated[AliasRecord, BeforeValidator(_named("name"), json_schema_input_type=str | AliasRecord)]
Holder = Annotated[Held, BeforeValidator(_named("rep"), json_schema_input_type=str | Held)]
Tier = Annotated[TierRecord, BeforeValidator(_named("tier"), json_schema_input_type=str | TierRecord)]


class AccountFields(Record):
    """An account of the CRM."""

    name: Name | None = Field(default=None, examples=["Acme Robotics GmbH"])
    aliases: list[OtherName] | None = Field(
        default=None,
        max_length=100,
        description="Other names: a text, or one with what it is. The list replaces the former one.",
    )
    website: Address | None = Field(default=None, examples=["https://www.acme-robotics.com/de"])
    domains: list[Domain] | None = Field(
        default=None,
        max_length=500,
        description="E-mail and web domains. The list replaces the one given before.",
    )
    country: Country | None = Field(default=None, description="ISO code or name.", examples=["DE"])
    state: Text128 | None = None
    city: Text128 | None = None
    phone: Text64 | None = None
    parent_id: Identifier | None = Field(default=None, description="The external id of the parent account.")
    lifecycle: Text64 | None = Field(default=None, examples=["customer"])
    tier: Tier | None = Field(default=None, examples=["strategic"])
    segment: Text64 | None = Field(default=None, examples=["enterprise"])
    employees: Count | None = None
    owner: Holder | None = Field(
        default=None, description="The rep who owns the account: an id, or one with from and until."
    )
    team: dict[Role, Holder | None] | None = Field(
        default=None,
        description="Role (AE, SDR, AM, CSM, ...) to rep; a role with null is vacated, others stay.",
    )
    custom: Custom | None = Field(
        default=None, description="Fields of your own; one with null is removed, others stay."
    )


class AccountRecord(AccountFields):
    """An account and its id in the CRM."""

    external_id: Identifier = Field(description="The CRM's id of the account.", examples=["001A000001"])


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


class OpportunityFields(Record):
    """A deal on an account. Open while ``closed_at`` is null."""

    account_id: Identifier | None = Field(default=None, description="The external id of the account.")
    owner: Identifier | None = None
    stage: Text128 | None = None
    kind: Text64 | None = Field(default=None, examples=["new", "renewal"])
    amount: Money | None = None
    currency: Currency | None = Field(
        default=None, description="Of the amounts, as ISO 4217 has it; null: the home currency."
    )
    iarr: Money | None = Field(
        default=None, description="Incremental annual recurring revenue; less than 0 when it falls."
    )
    opened_at: Moment | None = None
    expected_close_at: Moment | None = Field(
        default=None,
        description="When it is expected to close, while it is open; of a renewal: when it is due.",
    )
    closed_at: Moment | None = None
    won: bool | None = None
    campaign: Identifier | None = Field(
        default=None, description="The campaign it came from: its id here or in the CRM."
    )
    source: Text128 | None = Field(default=None, description="Where it came from, in the CRM's words.")


class OpportunityRecord(OpportunityFields):
    """An opportunity and its id in the CRM."""

    external_id: Identifier


class ActivityFields(Record):
    """Something a rep did, or someone did towards us."""

    rep: Identifier | None = None
    account_id: Identifier | None = Field(default=None, description="The external id of the account.")
    contact_id: Identifier | None = Field(
        default=None, description="The external id of the contact, when it was one person."
    )
    kind: Text64 | None = Field(default=None, examples=["email", "call", "meeting"])
    direction: Literal["inbound", "outbound", "both"] | None = None
    at: Moment | None = None


class ActivityRecord(ActivityFields):
    """An activity and its id in the CRM."""

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
