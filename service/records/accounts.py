"""What is accepted of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo, model_validator

from matching.normalize import listed_domain
from matching.places import country_code
from matching.types import AliasKind
from service.records.fields import (
    Address,
    Count,
    Custom,
    Identifier,
    Moment,
    Name,
    Reason,
    Record,
    Role,
    Text32,
    Text64,
    Text128,
    check_order,
)


def _country(value: str) -> str:
    code = country_code(value)
    if code is None:
        raise ValueError("is no country we know; write its ISO code, such as DE, or its English name")
    return code


def _domain(value: str, info: ValidationInfo) -> str:
    said = info.data or {}  # the fields before it
    domain = listed_domain(value, names_of(said.get("name"), said.get("aliases")))
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


Country = Annotated[Text128, AfterValidator(_country)]
Domain = Annotated[Address, AfterValidator(_domain)]


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
        description="E-mail and web domains. The list replaces the one given before. Of a host below a"
        " registered domain (`ng.acme.com`) the account has that part.",
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
