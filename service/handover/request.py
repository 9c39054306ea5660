"""What is asked of a hand-over: who goes, why, and to whom each kind of thing passes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from service.records.fields import Identifier, Moment, Reason, Record, Role, Text64, Text128


class Kind(StrEnum):
    """Why things pass on."""

    LEAVES = "leaves"  # the rep leaves the company
    LEAVE = "leave"  # the rep is away until a time, and has what was lent then again
    MOVES = "moves"  # the rep moves to another territory, team or role


class ToRep(Record):
    """All to one rep."""

    rep: Identifier


class ToSplit(Record):
    """Split evenly among these reps, in the order of what there is."""

    split: Annotated[list[Identifier], Field(min_length=1, max_length=200)]


class ToMembers(Record):
    """Split among the active members of a pool by their weights. It uses no turn of the pool."""

    members_of: Text128


class Territory(Record):
    """A row of a territory table: what it holds and whose that is. A list that is left out holds all."""

    country: list[Text128] | None = None
    state: list[Text128] | None = None
    segment: list[Text64] | None = None
    to: Identifier


class ToTerritory(Record):
    """By the first row that fits the account; ``otherwise`` for what fits none."""

    territory: Annotated[list[Territory], Field(min_length=1, max_length=500)]
    otherwise: Identifier


Receiver = ToRep | ToSplit | ToMembers | ToTerritory | Literal["manager"]
"""To whom: one rep, several, a pool's members, a territory table, or the rep's manager."""

ForWork = Receiver | Literal["with_account", "rules", "keep"]
"""Also: whoever gets the account (else the manager), the live rulebook's decision, or nobody else."""

ForDeals = Receiver | Literal["with_account", "keep"]


class Where(Record):
    """Which accounts pass: those that fit every list given."""

    account_ids: Annotated[list[Identifier], Field(max_length=10_000)] | None = None
    country: list[Text128] | None = None
    state: list[Text128] | None = None
    segment: list[Text64] | None = None


class Holdover(Record):
    """The old owner keeps for a time the accounts that are in work, and they pass by themselves then."""

    days: Annotated[int, Field(ge=1, le=400, examples=[30, 60, 90])]
    worked_within_days: Annotated[int, Field(ge=1, le=400)] = 30
    open_opportunity: bool = Field(default=True, description="An open deal on the account is work, too.")


class HandoverRequest(Record):
    """One call for "this rep leaves", "goes on leave" or "moves territory"."""

    rep: Identifier
    kind: Annotated[Kind, Strict(False)]
    reason: Reason
    starts: Moment | None = Field(default=None, alias="from", description="When a leave begins; now.")
    until: Moment | None = Field(default=None, description="When a leave ends.")
    where: Where | None = Field(default=None, description="Of a move: which accounts pass; all.")
    accounts: Receiver | Literal["keep"]
    roles: list[Role] | None = Field(default=None, description="Which roles on accounts pass; all.")
    holdover: Holdover | None = Field(default=None, description="Of a move.")
    opportunities: ForDeals | None = Field(
        default=None, description="Open ones; with the account when the rep leaves or moves, else kept."
    )
    keep_stages: list[Text128] = Field(default=[], description="Opportunities in these stages are kept.")
    untouched: ForWork = Field(default="rules", description="Assignments that the rep has not touched.")
    in_work: ForWork | None = Field(
        default=None, description="Accepted or touched ones; with the account when the rep leaves, else kept."
    )
    open_matters: Literal["rules", "keep"] = Field(
        default="rules", description="Questions asked of the rep, and contacts that wait for the rep."
    )
    pools: Literal["leave", "keep"] | None = Field(
        default=None, description="Left when the rep leaves, else kept."
    )
    join: list[Text128] = Field(default=[], max_length=100, description="Pools that the rep joins.")
    covers: Receiver | Literal["keep"] | None = Field(
        default=None, description="Who covers for others in the rep's place; the manager, else kept."
    )
    team: Receiver | Literal["keep"] | None = Field(
        default=None, description="Whom the rep's own reports report to; the rep's manager, else kept."
    )
    return_assignments: bool = Field(
        default=False, description="At the end of a leave, assignments that nobody touched come back."
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        away = self.kind is Kind.LEAVE
        if away and self.until is None:
            raise ValueError("a leave needs until: when the rep is back")
        if not away and (self.until is not None or self.starts is not None or self.return_assignments):
            raise ValueError("from, until and return_assignments are for a leave")
        if away and self.starts is not None and self.until is not None and self.until <= self.starts:
            raise ValueError("until must be after from")
        if self.kind is not Kind.MOVES and (self.where is not None or self.holdover is not None or self.join):
            raise ValueError("where, holdover and join are for a move")
        return self
