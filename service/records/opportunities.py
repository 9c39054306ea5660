"""What is accepted of opportunities."""

from __future__ import annotations

from pydantic import Field

from service.records.fields import Currency, Identifier, Moment, Money, Record, Text64, Text128


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
