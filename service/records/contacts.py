"""What is accepted of a contact that comes in.

Its kinds of fields are those of the API's questions too; records have theirs in `fields`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from matching.normalize import normalize
from matching.types import AccountId, Contact, Motion, NormalizedContact, Scalar
from service.decision import Incoming
from service.records.fields import CustomValue, MomentAsSent, printable
from service.records.reserved import ACTIVATION, ERASED_PERSON, not_reserved

MAX_EMPLOYEES = 100_000_000


def _unambiguous(website: str) -> str:
    """Refuse what programs read as different hosts; anything else is kept, and used if it names a domain."""
    host = website.partition("://")[2] or website
    if "\\" in website or "@" in host.partition("/")[0]:
        raise ValueError("must be a plain address such as https://example.com, without a user or a backslash")
    return website


def says_enough(contact: NormalizedContact) -> bool:
    """Whether there is an e-mail address, a domain or a company name to match by."""
    return contact.is_named or contact.email is not None or bool(contact.domains)


Short = Annotated[str, Field(min_length=1, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=256)]
Identifier = Annotated[str, Field(min_length=1, max_length=255)]
CustomName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(printable)]

LINES = ("first_name", "last_name", "company", "country", "state", "city", "phone", "title", "source")


class ContactIn(BaseModel):
    """A person who came in. One of email, company, website or external_id must be usable.

    Send ``event_id`` (or the Idempotency-Key header) when your system numbers
    its events; otherwise the same content is the same event. ``occurred_at``
    orders the events of one contact: an older one after a newer one changes nothing.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    event_id: Identifier | None = Field(default=None, description="The sender's number of this event.")
    external_id: Annotated[Identifier, AfterValidator(not_reserved)] | None = Field(
        default=None,
        description=f"The CRM's id of the person. It must not begin with `{ACTIVATION}` or "
        f"`{ERASED_PERSON}`: so begin those of accounts that signals activated, and of people whose data "
        "were erased.",
    )
    email: Annotated[str, Field(min_length=1, max_length=320)] | None = Field(
        default=None, examples=["dana@eu.acme-robotics.example"]
    )
    first_name: Short | None = None
    last_name: Short | None = None
    company: Name | None = Field(default=None, examples=["Acme Robotics GmbH"])
    website: Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_unambiguous)] | None = None
    country: Short | None = Field(default=None, description="ISO code or name, e.g. `DE` or `Germany`.")
    state: Short | None = None
    city: Short | None = None
    phone: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    title: Name | None = None
    employees: Annotated[int, Field(ge=0, le=MAX_EMPLOYEES, strict=True)] | None = None
    source: Short | None = Field(default=None, description="Where the contact came from, e.g. `webinar`.")
    motion: Motion | None = Field(default=None, description="`inbound` or `outbound`.")
    account_id: Identifier | None = Field(
        default=None, description="The account it is on in the CRM, if any."
    )
    occurred_at: MomentAsSent | None = Field(
        default=None, description="When it happened, RFC 3339 with an offset."
    )
    custom: dict[CustomName, CustomValue] = Field(default_factory=dict, max_length=500)

    @field_validator(*LINES, mode="before")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        """Tabs and line breaks become a space: what people are shown stays on its line."""
        return " ".join(value.split()) if isinstance(value, str) and not value.isprintable() else value

    @field_validator("event_id", "external_id", "email", "website", "account_id", *LINES)
    @classmethod
    def _printable(cls, value: str | None) -> str | None:
        return None if value is None else printable(value)

    @model_validator(mode="after")
    def _someone(self) -> Self:
        if self.external_id:
            return self
        if not says_enough(normalize(self.contact())):
            raise ValueError("needs a usable email, company, website or external_id")
        return self

    def contact(self) -> Contact:
        """The contact as matching and routing know it."""
        said = self.model_dump(exclude={"event_id", "custom", "account_id"})
        return Contact(
            **said,
            account_id=AccountId(self.account_id) if self.account_id else None,
            custom=_scalars(self.custom),
        )

    def incoming(self, event_key: str | None = None) -> Incoming:
        """The contact event. Without a key of the call, the event's own id names it, else its content."""
        digest = self.digest()
        named = f"id:{self.event_id}" if self.event_id else event_key
        return Incoming(
            contact=self.contact(),
            event_key=named or f"same:{digest}",
            digest=digest,
            occurred_at=self.occurred_at,
        )

    def digest(self) -> str:
        """What tells this body from any other, whatever the order and spacing of its fields."""
        said = self.model_dump(mode="json", exclude_none=True)
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _scalars(custom: dict[str, Any]) -> dict[str, Scalar]:
    return dict(custom)
