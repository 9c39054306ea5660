"""What is accepted of signals: one definition for the API, for files and for webhooks."""

from __future__ import annotations

import hashlib
from typing import Annotated, Self

from pydantic import AfterValidator, Field, Strict, field_validator, model_validator

from service.db.event_keys import HIDDEN
from service.engagement.core.score import WHOLE
from service.engagement.words import kind_of
from service.records.fields import Address, Email, Identifier, Moment, Name, Record, Text64

MOST = 1000
"""What one record may stand for: 1,000 page visits of a day, say."""
SUBJECT = ("account_id", "domain", "company", "email", "contact_id")
"""The fields of which a signal needs one, to tell whose it is."""


def _not_hidden(external_id: str) -> str:
    if external_id.lstrip().lower().startswith(HIDDEN):
        raise ValueError(f"must not begin with {HIDDEN}, which is kept for ids that told of erased people")
    return external_id


class SignalRecord(Record):
    """Something that was heard of an account: whose it is, what it was, how strong.

    Whose it is, is told by any of the account's id, its domain, its name, and the person. ``score`` is the
    strength that a source gives it, 0 to 100. Without an ``external_id`` it is known by what it says.
    """

    external_id: Annotated[Identifier, AfterValidator(_not_hidden)] | None = Field(
        default=None, description=f"The source's own id, where it has one. It must not begin with `{HIDDEN}`."
    )
    source: Text64 = Field(default="api", description="Who says so.", examples=["6sense"])
    kind: Text64 = Field(description="What happened.", examples=["intent", "page_visit", "ad_click", "form"])
    at: Moment | None = Field(
        default=None, description="When; the moment of its arrival where nothing is said."
    )
    account_id: Identifier | None = Field(default=None, description="The external id of the account.")
    domain: Address | None = Field(default=None, description="A domain or website of the company.")
    company: Name | None = Field(default=None, description="The company's name.")
    country: Text64 | None = Field(default=None, description="The company's country.")
    email: Email | None = Field(default=None, description="The person's address.")
    contact_id: Identifier | None = Field(default=None, description="The person's external id.")
    topic: Name | None = Field(default=None, description="The topic, keyword or page it is about.")
    stage: Text64 | None = Field(default=None, description="The buying stage of the account.")
    score: Annotated[float, Strict(False), Field(ge=0, le=100)] | None = Field(
        default=None, description="How strong it is, 0 to 100; 100 where nothing is said."
    )
    count: Annotated[int, Field(ge=1, le=MOST)] = Field(
        default=1, description="How many it stands for, where a source sums up."
    )
    campaign: Name | None = Field(default=None, description="The campaign it belongs to.")

    @field_validator("kind")
    @classmethod
    def _kind(cls, value: str) -> str:
        return kind_of(value)

    @model_validator(mode="after")
    def _whose(self) -> Self:
        if all(getattr(self, name) is None for name in SUBJECT):
            raise ValueError(f"needs one of {', '.join(SUBJECT)}, to tell whose it is")
        return self

    @property
    def weight(self) -> int:
        """Its weight in thousandths of a signal of full strength."""
        strength = 100.0 if self.score is None else self.score
        return round(strength / 100 * WHOLE) * self.count

    @property
    def name(self) -> str:
        """The source's id of it; where it has none, one that is made of all that it says."""
        if self.external_id is not None:
            return self.external_id
        said = self.model_dump_json(exclude={"external_id"}, exclude_none=True)
        return f"content:{hashlib.sha256(said.encode()).hexdigest()[:40]}"
