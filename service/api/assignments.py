"""Assignments: what a rep, or someone for the rep, does with a contact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.people import RepId
from routing.types.pools import TurnReturn
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import AssignmentState, DecisionView, answer, position, state, view
from service.api.views import cursor as to_cursor
from service.auth import Caller, Scope
from service.db import assignments, clocks
from service.db.assignments import Assignment, Status
from service.db.decisions import Position
from service.http.problems import problems
from service.problems import Conflict, Invalid, NotFound
from service.records.contacts import Identifier
from service.records.fields import Moment
from service.services import Services

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


class ReturnIn(BaseModel):
    """Why the rep gives a contact back that the rep has begun with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: Reason = Field(examples=["does not answer"])


class TouchIn(BaseModel):
    """When the rep got in touch."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    at: Moment | None = Field(default=None, description="Now, unless said.")


class PauseIn(BaseModel):
    """Why the clocks stop, and until when."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: Reason = Field(examples=["waiting for the contact"])
    until: Moment | None = Field(default=None, description="When they run on by themselves.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPage:
    """Assignments, newest first. ``next_cursor`` is None on the last page."""

    assignments: Sequence[AssignmentState]
    next_cursor: str | None


_PAGE = TypeAdapter(AssignmentPage)


async def _stands(services: Services, act: Callable[[], Assignment]) -> Response:
    """Do something with an assignment and answer with how it stands."""

    def run() -> AssignmentState:
        found = act()
        return state(found, services.work.clocks(found.id), services.now())

    return answer(_ASSIGNMENT, await run_in_threadpool(run))


@api.get(
    "/v1/assignments",
    response_model=AssignmentPage,
    summary="List assignments",
    operation_id="listAssignments",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_assignments(
    services: ServicesDep,
    rep: Annotated[str | None, Query(max_length=255)] = None,
    pool: Annotated[str | None, Query(max_length=128)] = None,
    status: Annotated[Status | None, Query()] = None,
    active: Annotated[bool | None, Query(description="Only those somebody has, or only ended ones.")] = None,
    covers: Annotated[str | None, Query(max_length=255, description="Held for this absent rep.")] = None,
    overdue: Annotated[bool, Query(description="Only active ones whose next due time has passed.")] = False,
    since: Annotated[Moment | None, Query(description="Assigned at or after.")] = None,
    until: Annotated[Moment | None, Query(description="Assigned before.")] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Whose each contact is or was, with its clocks."""
    now = services.now()
    wanted = assignments.Filter(
        rep=rep,
        pool=pool,
        status=status,
        active=True if overdue else active,
        covers=covers,
        due_before=now if overdue else None,
        since=since,
        until=until,
    )
    after = position(cursor)

    def read() -> AssignmentPage:
        with services.database.read() as connection:
            found = assignments.page(connection, wanted, after, limit + 1)
            ticking = clocks.of(connection, [each.id for each in found[:limit]])
        shown = [state(each, ticking.get(each.id, []), now) for each in found[:limit]]
        last = found[limit - 1] if len(found) > limit else None
        more = to_cursor(Position(at=last.assigned_at, id=last.id)) if last else None
        return AssignmentPage(assignments=shown, next_cursor=more)

    return answer(_PAGE, await run_in_threadpool(read))


@api.get(
    "/v1/assignments/{assignment_id}",
    response_model=AssignmentState,
    summary="Read an assignment",
    operation_id="getAssignment",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_assignment(assignment_id: str, services: ServicesDep) -> Response:
    """As it is now, with its clocks."""

    def read() -> Assignment:
        with services.database.read() as connection:
            found = assignments.get(connection, assignment_id)
        if found is None:
            raise NotFound("No assignment has this id")
        return found

    return await _stands(services, read)


@api.post(
    "/v1/assignments/{assignment_id}/touch",
    response_model=AssignmentState,
    summary="Note the first touch",
    operation_id="touchAssignment",
    responses=problems(NotFound, Conflict, Invalid),
)
async def touch(assignment_id: str, body: TouchIn, services: ServicesDep, caller: Editor) -> Response:
    """Note that the rep got in touch with the contact; that accepts it too. The earliest time told counts.

    Outbound activities at `/v1/activities` by the rep on the contact do the same by themselves.
    """
    return await _stands(services, partial(services.work.touch, assignment_id, body.at, caller.name))


@api.post(
    "/v1/assignments/{assignment_id}/return",
    response_model=DecisionView,
    summary="Give a contact back that was begun",
    operation_id="returnAssignment",
    responses=problems(NotFound, Conflict, Invalid),
)
async def give_back(assignment_id: str, body: ReturnIn, services: ServicesDep, caller: Editor) -> Response:
    """The rep has worked it and cannot go on: the turn stays used, and the rules decide without this rep."""
    decision = await run_in_threadpool(services.desk.give_back, assignment_id, body.reason, caller.name)
    return answer(_DECISION, view(decision))


@api.post(
    "/v1/assignments/{assignment_id}/pause",
    response_model=AssignmentState,
    summary="Pause the clocks",
    operation_id="pauseAssignment",
    responses=problems(NotFound, Conflict, Invalid),
)
async def pause(assignment_id: str, body: PauseIn, services: ServicesDep, _: Editor) -> Response:
    """Stop what runs, e.g. while the contact is to answer. What has run out stays so."""
    return await _stands(services, partial(services.work.pause, assignment_id, body.reason, body.until))


@api.post(
    "/v1/assignments/{assignment_id}/resume",
    response_model=AssignmentState,
    summary="Let paused clocks run on",
    operation_id="resumeAssignment",
    responses=problems(NotFound, Conflict),
)
async def resume(assignment_id: str, services: ServicesDep, _: Editor) -> Response:
    """With what was left of their time."""
    return await _stands(services, partial(services.work.resume, assignment_id))


@api.post(
    "/v1/assignments/{assignment_id}/clocks/{clock}/done",
    response_model=AssignmentState,
    summary="Note that what a clock waits for is done",
    operation_id="doneClock",
    responses=problems(NotFound, Conflict, Invalid),
)
async def done(
    assignment_id: str, clock: Annotated[str, Path(max_length=64)], services: ServicesDep, _: Editor
) -> Response:
    """For clocks of your own; accepting and touching stop theirs by themselves."""
    return await _stands(services, partial(services.work.done, assignment_id, clock))


@api.post(
    "/v1/assignments/{assignment_id}/accept",
    response_model=AssignmentState,
    summary="Accept a contact",
    operation_id="acceptAssignment",
    responses=problems(NotFound, Conflict),
)
async def accept(assignment_id: str, services: ServicesDep, _: Editor) -> Response:
    """Note that the rep takes the contact on. Accepting twice is accepting once."""
    return await _stands(services, partial(services.desk.accept, assignment_id))


@api.post(
    "/v1/assignments/{assignment_id}/complete",
    response_model=AssignmentState,
    summary="Note that a contact is dealt with",
    operation_id="completeAssignment",
    responses=problems(NotFound, Conflict),
)
async def complete(assignment_id: str, services: ServicesDep, caller: Editor) -> Response:
    """End the assignment as done. A later event of the contact is decided anew."""
    return await _stands(services, partial(services.desk.complete, assignment_id, caller.name))


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
