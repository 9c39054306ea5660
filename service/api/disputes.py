"""Disputes: a rep claims a contact that another has; settled by the two, their managers, or operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.decision import Credit
from routing.types.people import RepId
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import disputes as db
from service.db.disputes import Dispute, Level, Resolution, Taken
from service.disputes.disputes import Claimed, Disputes, Settled
from service.http.problems import problems
from service.problems import Conflict, Invalid, NotFound
from service.records.contacts import Identifier
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["disputes"], prefix="/v1/disputes")

Editor = Annotated[Caller, require(Scope.OPS_EDITOR)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class DisputeIn(BaseModel):
    """Whose the contact of a decision is, and why."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    decision_id: Identifier
    claimant: Identifier = Field(description="The rep who claims the contact.")
    reason: Text = Field(examples=["I have worked this account since January"])
    hours: Annotated[int, Field(ge=1, le=720)] = Field(
        default=24, description="How long the two, and then their managers, have to settle it."
    )
    freeze: bool = Field(default=False, description="Stop the assignment's clocks until it is settled.")


class ShareIn(BaseModel):
    """A part of the credit of one kind."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: Annotated[str, Field(min_length=1, max_length=64)]
    rep: Identifier
    share: Annotated[float, Field(gt=0, le=1)]


class ResolveIn(BaseModel):
    """How it is settled."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    resolution: Literal["keep", "reassign", "split", "withdrawn"]
    to: Identifier | None = Field(default=None, description="Who gets the contact; the claimant unless said.")
    credit: Annotated[list[ShareIn], Field(max_length=50)] = Field(
        default=[], description="Of each kind named, all the credit, divided anew."
    )
    note: Text = Field(description="What it was decided on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeView:
    """A dispute, with its evidence and its steps. ``due_at`` is when it goes to the next level."""

    id: str
    decision_id: str
    assignment_id: str | None
    claimant: RepId
    holder: RepId | None
    reason: str
    level: Level
    due_at: datetime | None
    frozen: bool
    opened_by: str
    opened_at: datetime
    resolution: Resolution | None
    resolved_by: str | None
    resolved_at: datetime | None
    note: str | None
    outcome: Any
    evidence: Any
    steps: Sequence[Taken]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeList:
    """Disputes, the newest first."""

    disputes: Sequence[DisputeView]


_ONE = TypeAdapter(DisputeView)
_MANY = TypeAdapter(DisputeList)
_SHOWN = tuple(name for name in DisputeView.__slots__ if name != "steps")


@api.post(
    "",
    response_model=DisputeView,
    status_code=201,
    summary="Dispute whose a contact is",
    operation_id="openDispute",
    responses=problems(NotFound, Conflict, Invalid),
)
async def open_dispute(body: DisputeIn, services: ServicesDep, caller: Editor) -> Response:
    """Open a dispute. Claims, activities, deals, ownership, earlier decisions are put together as evidence.

    The two reps are told; when the time is over it goes to their managers, and then to operations.
    """
    claimed = Claimed(
        decision_id=body.decision_id,
        claimant=RepId(body.claimant),
        reason=body.reason,
        hours=body.hours,
        freeze=body.freeze,
    )
    found = await run_in_threadpool(_all_of(services).open, claimed, caller.name)
    return answer(_ONE, await _shown(services, found), 201, {"Location": f"/v1/disputes/{found.id}"})


@api.post(
    "/{dispute_id}/resolve",
    response_model=DisputeView,
    summary="Settle a dispute",
    operation_id="resolveDispute",
    responses=problems(NotFound, Conflict, Invalid),
)
async def resolve_dispute(
    dispute_id: str, body: ResolveIn, services: ServicesDep, caller: Editor
) -> Response:
    """Keep the contact where it is, reassign it, or divide the credit; both are told. Again: no change."""
    settled = Settled(
        resolution=Resolution(body.resolution),
        to=RepId(body.to) if body.to is not None else None,
        credits=tuple(
            Credit(kind=each.kind, rep=RepId(each.rep), share=each.share, rule="dispute")
            for each in body.credit
        ),
        note=body.note,
    )
    found = await run_in_threadpool(_all_of(services).resolve, dispute_id, settled, caller.name)
    return answer(_ONE, await _shown(services, found))


@api.get(
    "",
    response_model=DisputeList,
    summary="List disputes",
    operation_id="listDisputes",
    dependencies=[require(Scope.READ)],
)
async def list_disputes(
    services: ServicesDep,
    state: Annotated[Literal["open", "all"], Query(description="Those not settled, or all.")] = "open",
    rep: Annotated[str | None, Query(max_length=255, description="Claimed or held by this rep.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The newest first."""

    def read() -> DisputeList:
        with services.database.read() as connection:
            found = db.newest(connection, open_only=state == "open", rep=rep, limit=limit)
            return DisputeList(disputes=[_view(connection, each) for each in found])

    return answer(_MANY, await run_in_threadpool(read))


@api.get(
    "/{dispute_id}",
    response_model=DisputeView,
    summary="Read a dispute",
    operation_id="getDispute",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_dispute(dispute_id: str, services: ServicesDep) -> Response:
    """The dispute with its evidence and every step."""

    def read() -> Dispute | None:
        with services.database.read() as connection:
            return db.get(connection, dispute_id)

    found = await run_in_threadpool(read)
    if found is None:
        raise NotFound("There is no dispute with this id")
    return answer(_ONE, await _shown(services, found))


def _all_of(services: Services) -> Disputes:
    return Disputes(services.database, services.desk, clock=services.clock, new_id=services.new_id)


async def _shown(services: Services, found: Dispute) -> DisputeView:
    def read() -> DisputeView:
        with services.database.read() as connection:
            return _view(connection, found)

    return await run_in_threadpool(read)


def _view(connection: Connection, found: Dispute) -> DisputeView:
    shown = {name: getattr(found, name) for name in _SHOWN}
    return DisputeView(**shown, steps=db.steps_of(connection, found.id))
