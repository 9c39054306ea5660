"""The kinds of fields that records share, and what all records have in common."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any

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
)

from matching.types import Scalar
from routing.zones import ZONES

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
OUT_OF_RANGE = "must lie between 1970 and 2100"
_LEAP = re.compile(r"(?<=[Tt ])(\d\d:\d\d):60(?:\.\d+)?")
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


def check_order(starts: datetime | None, until: datetime | None) -> None:
    """Raise ValueError unless ``starts`` is before ``until``; either may be open."""
    if starts is not None and until is not None and until <= starts:
        raise ValueError("until must be after from")


def _moment(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise ValueError("must be a time such as 2026-01-31T09:30:00Z")
    if isinstance(value, str) and _LEAP.search(value):
        return _LEAP.sub(r"\1:59", value)  # RFC 3339 has leap seconds, clocks here do not
    return value


def _in_range(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError(OUT_OF_RANGE)
    return value


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


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

MomentAsSent = Annotated[AwareDatetime, Strict(False), BeforeValidator(_moment), AfterValidator(_in_range)]
"""A date and time, kept with the offset that it was sent with."""

Moment = Annotated[MomentAsSent, AfterValidator(_in_utc)]
"""A date and time with an offset, kept in UTC."""

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
