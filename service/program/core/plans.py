"""Plans of strategic accounts and the campaigns that carry them out."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.records.fields import Identifier, Moment, Text64, Text128

Line = Annotated[str, Field(min_length=1, max_length=500)]
Lines = Annotated[tuple[Line, ...], Field(max_length=50)]


class Document(BaseModel):
    """What the documents of the program share: nothing unknown, nothing that changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class BuyingRole(Document):
    """Somebody of the buying group: who decides, who uses it, who may speak for us."""

    role: Text128 = Field(description="The role, such as economic buyer or champion.")
    contact: Identifier | None = Field(default=None, description="The contact who has it; null: to be found.")
    note: Line | None = None


class Step(Document):
    """Something that will be done: a play, by whom and by when."""

    what: Line
    play: Text64 | None = Field(default=None, description="The play of the catalogue that it is.")
    owner: Identifier | None = Field(default=None, description="The rep who does it.")
    due: Moment | None = None
    done: bool = False


class Target(Document):
    """What is counted, and what it is to come to."""

    measure: Text128 = Field(description="What is counted, such as meetings or pipeline created.")
    goal: Annotated[float, Field(ge=0, le=1e15)]
    by: Moment | None = None


class Plan(Document):
    """The plan of a strategic account, in its three parts."""

    goals: Lines = Field(default=(), description="What the account wants, and what we want of it.")
    buying_group: tuple[BuyingRole, ...] = Field(default=(), max_length=100)
    reach: tuple[Step, ...] = Field(default=(), max_length=100, description="How its people hear of us.")
    personalise: tuple[Step, ...] = Field(
        default=(), max_length=100, description="What is made for it: messages, pages, parcels."
    )
    measure: tuple[Target, ...] = Field(default=(), max_length=50, description="What success is.")
    notes: Annotated[str, Field(max_length=4000)] | None = None


PARTS = ("reach", "personalise", "measure")
"""The parts without which a plan cannot be agreed."""


def missing(plan: Plan) -> list[str]:
    """The parts of a plan that say nothing yet."""
    return [part for part in PARTS if not getattr(plan, part)]


class CampaignState(StrEnum):
    """Where a campaign stands."""

    PLANNED = "planned"
    ACTIVE = "active"
    DONE = "done"
    CANCELLED = "cancelled"


_NEXT = {
    CampaignState.PLANNED: (CampaignState.ACTIVE, CampaignState.CANCELLED),
    CampaignState.ACTIVE: (CampaignState.DONE, CampaignState.CANCELLED),
}


def may_become(state: CampaignState, wanted: CampaignState) -> bool:
    """Whether a campaign may go from one state to another; what is over stays over."""
    return wanted in _NEXT.get(state, ())


class CampaignContent(Document):
    """What a campaign is about."""

    goal: Line | None = None
    audience: Line | None = Field(default=None, description="Whom it is for, in words.")
    message: Annotated[str, Field(max_length=4000)] | None = None
    persona: Text64 | None = None
    owner: Identifier | None = Field(default=None, description="The rep who runs it.")
    url: Annotated[str, Field(max_length=2048)] | None = None
