"""What is accepted of activities."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from service.records.fields import Identifier, Moment, Record, Text64


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
