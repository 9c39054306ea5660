"""Assignments: what a rep, or someone for the rep, does with a contact."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types import RepId, TurnReturn
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.schemas import Identifier
from service.api.views import AssignmentState, DecisionView, answer, state, view
from service.auth import Caller, Scope
from service.problems import Conflict, Invalid, NotFound, problems

api = APIRouter(route_class=Endpoint, tags=["assignments"])

Editor = Annotated[Caller, require(Scope.OPS_EDITOR)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]

_ASSIGNMENT = TypeAdapter(AssignmentState)
_DECISION = TypeAdapter(DecisionView)


class RejectIn(BaseModel):
    """Why the rep does not take the contact."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: Reason = Field(examples=["not my territory"])
    code: TurnReturn = Field(
        default=TurnReturn.REJECTED,
        strict=False,
        description="The kind of reason; the pool says for which kinds the turn is given back.",
    )


class ReassignIn(BaseModel):
    """Who gets the contact instead, and why."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    rep: Identifier = Field(description="The external id of an active rep.")
    reason: Reason


@api.post(
    "/v1/assignments/{assignment_id}/accept",
    response_model=AssignmentState,
    summary="Accept a contact",
    operation_id="acceptAssignment",
    responses=problems(NotFound, Conflict),
)
async def accept(assignment_id: str, services: ServicesDep, _: Editor) -> Response:
    """Note that the rep takes the contact on. Accepting twice is accepting once."""
    found = await run_in_threadpool(services.desk.accept, assignment_id)
    return answer(_ASSIGNMENT, state(found))


@api.post(
    "/v1/assignments/{assignment_id}/complete",
    response_model=AssignmentState,
    summary="Note that a contact is dealt with",
    operation_id="completeAssignment",
    responses=problems(NotFound, Conflict),
)
async def complete(assignment_id: str, services: ServicesDep, caller: Editor) -> Response:
    """End the assignment as done. A later event of the contact is decided anew."""
    found = await run_in_threadpool(services.desk.complete, assignment_id, caller.name)
    return answer(_ASSIGNMENT, state(found))


@api.post(
    "/v1/assignments/{assignment_id}/reject",
    response_model=DecisionView,
    summary="Give a contact back",
    operation_id="rejectAssignment",
    responses=problems(NotFound, Conflict, Invalid),
)
async def reject(assignment_id: str, body: RejectIn, services: ServicesDep, caller: Editor) -> Response:
    """Return the contact and its turn; the answer is what the rules decide without this rep."""
    decision = await run_in_threadpool(
        services.desk.reject, assignment_id, body.reason, caller.name, body.code
    )
    return answer(_DECISION, view(decision))


@api.post(
    "/v1/assignments/{assignment_id}/reassign",
    response_model=DecisionView,
    summary="Put a contact in other hands",
    operation_id="reassignAssignment",
    responses=problems(NotFound, Conflict, Invalid),
)
async def reassign(assignment_id: str, body: ReassignIn, services: ServicesDep, caller: Editor) -> Response:
    """Give the contact to another rep by a person's word; its clocks start anew."""
    decision = await run_in_threadpool(
        services.desk.reassign, assignment_id, RepId(body.rep), body.reason, caller.name
    )
    return answer(_DECISION, view(decision))
