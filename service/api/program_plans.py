"""Plans of strategic accounts, their reviews and their focus sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.program_actor import Reader, acting, parts_of
from service.api.views import answer, older, position
from service.auth import Scope
from service.db.program import meetings as meetings_db
from service.db.program import plans as db
from service.db.program.meetings import Meeting
from service.db.program.plans import Stored
from service.http.problems import problems
from service.problems import Conflict, Forbidden, Invalid, NotFound, Stale
from service.program.core.agenda import Agenda
from service.program.core.plans import Plan
from service.program.meetings import Meetings
from service.program.plans import Plans
from service.records.contacts import Identifier
from service.records.fields import Moment

api = APIRouter(route_class=Endpoint, tags=["program"], prefix="/v1/program")

Text = Annotated[str, Field(min_length=1, max_length=500)]


class ProgramPlanIn(BaseModel):
    """What the plan of a strategic account says."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account: Identifier
    plan: Plan
    revision: int | None = Field(
        default=None, ge=1, description="The revision it was written on; another by now answers 412."
    )


class AgreeIn(BaseModel):
    """Who agrees to which revision of a plan."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    side: Literal["sales", "marketing"]
    revision: int = Field(ge=1)
    rep: Identifier | None = Field(
        default=None, description="For sales: the account's AE; the caller unless said."
    )


class EndIn(BaseModel):
    """Why a plan ends."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: Text


class FocusIn(BaseModel):
    """When a focus session is held."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    at: Moment


class HoldIn(BaseModel):
    """What was done in a meeting."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    done: Annotated[list[Text], Field(max_length=50)] = Field(
        default=[], description="Items of the checklist that are done."
    )
    notes: Annotated[str, Field(max_length=4000)] | None = None
    held: bool = Field(default=False, description="The meeting has taken place.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan with its meetings, the last to be due first."""

    plan: Stored
    agreed: bool
    meetings: Sequence[Meeting]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPlanList:
    """Plans, the newest first. ``next_cursor`` is None on the last page."""

    plans: Sequence[Stored]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingList:
    """Meetings that were not held yet, the first to be due first."""

    meetings: Sequence[Meeting]


_VIEW = TypeAdapter(PlanView)
_MANY = TypeAdapter(ProgramPlanList)
_AGENDA: TypeAdapter[Agenda] = TypeAdapter(Agenda)
_MEETING: TypeAdapter[Meeting] = TypeAdapter(Meeting)
_MEETINGS = TypeAdapter(MeetingList)


@api.get(
    "/plans",
    response_model=ProgramPlanList,
    summary="List plans of strategic accounts",
    operation_id="listPlansOfAccounts",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_plans(
    services: ServicesDep,
    account: Annotated[str | None, Query(max_length=255, description="Of one account.")] = None,
    state: Annotated[Literal["open", "all"], Query(description="Those that are open, or all.")] = "open",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> Response:
    """The newest first."""
    place = position(cursor)

    def read() -> ProgramPlanList:
        with services.database.read() as connection:
            found = db.newest(
                connection, account=account, open_only=state == "open", after=place, limit=limit + 1
            )
        return ProgramPlanList(plans=found[:limit], next_cursor=older(found, limit))

    return answer(_MANY, await run_in_threadpool(read))


@api.put(
    "/plans",
    response_model=PlanView,
    summary="Write the plan of a strategic account",
    operation_id="putPlanOfAccount",
    responses=problems(Invalid, Conflict, Forbidden, Stale),
)
async def put_plan(body: ProgramPlanIn, services: ServicesDep, caller: Reader) -> Response:
    """Its goals, buying group, reach, personalise and measure. For the account's team, or `ops-editor`.

    A change makes a new revision, to which sales and marketing agree anew.
    """
    actor = await acting(services, caller)
    write = Plans(parts_of(services)).write
    found, new = await run_in_threadpool(write, body.account, body.plan, body.revision, actor)
    return answer(_VIEW, await _view(services, found), 201 if new else 200)


@api.get(
    "/plans/{plan_id}",
    response_model=PlanView,
    summary="Read a plan",
    operation_id="getPlanOfAccount",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_plan(plan_id: str, services: ServicesDep) -> Response:
    """The plan, who agreed, and its meetings."""

    def read() -> Stored | None:
        with services.database.read() as connection:
            return db.get(connection, plan_id)

    found = await run_in_threadpool(read)
    if found is None:
        raise NotFound("There is no plan with this id")
    return answer(_VIEW, await _view(services, found))


@api.post(
    "/plans/{plan_id}/agree",
    response_model=PlanView,
    summary="Agree to a plan",
    operation_id="agreePlanOfAccount",
    responses=problems(NotFound, Invalid, Conflict, Forbidden, Stale),
)
async def agree(plan_id: str, body: AgreeIn, services: ServicesDep, caller: Reader) -> Response:
    """For sales the account's AE agrees, for marketing one of its reviewers; to the revision they read."""
    actor = await acting(services, caller)
    work = Plans(parts_of(services)).agree
    found = await run_in_threadpool(work, plan_id, body.side, body.revision, body.rep, actor)
    return answer(_VIEW, await _view(services, found))


@api.post(
    "/plans/{plan_id}/end",
    response_model=PlanView,
    summary="End a plan",
    operation_id="endPlanOfAccount",
    responses=problems(NotFound, Forbidden),
)
async def end(plan_id: str, body: EndIn, services: ServicesDep, caller: Reader) -> Response:
    """End it with the campaign that carries it out. It ends by itself when the account leaves the tier."""
    actor = await acting(services, caller)
    found = await run_in_threadpool(Plans(parts_of(services)).end, plan_id, body.reason, actor)
    return answer(_VIEW, await _view(services, found))


@api.get(
    "/plans/{plan_id}/agenda",
    response_model=Agenda,
    summary="See what changed on the account of a plan",
    operation_id="getAgenda",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_agenda(
    plan_id: str,
    services: ServicesDep,
    since: Annotated[Moment | None, Query(description="The last review unless said.")] = None,
) -> Response:
    """New contacts, engagement, opportunities, missed promises, campaigns: the agenda of a review now."""
    found = await run_in_threadpool(Meetings(parts_of(services)).agenda, plan_id, since)
    return answer(_AGENDA, found)


@api.post(
    "/plans/{plan_id}/focus",
    response_model=Meeting,
    status_code=201,
    summary="Plan a focus session",
    operation_id="planFocusSession",
    responses=problems(NotFound, Conflict),
)
async def focus(plan_id: str, body: FocusIn, services: ServicesDep, caller: Reader) -> Response:
    """With the checklist of the settings and what changed so far. For the team, or `ops-editor`."""
    actor = await acting(services, caller)
    session = Meetings(parts_of(services)).focus
    return answer(_MEETING, await run_in_threadpool(session, plan_id, body.at, actor), 201)


@api.get(
    "/meetings",
    response_model=MeetingList,
    summary="List meetings to be held",
    operation_id="listMeetings",
    dependencies=[require(Scope.READ)],
)
async def list_meetings(
    services: ServicesDep,
    days: Annotated[int, Query(ge=0, le=366, description="Due within so many days.")] = 14,
) -> Response:
    """Reviews and focus sessions that are due and were not held, with those of the days to come."""

    def read() -> MeetingList:
        until = services.now() + timedelta(days=days)
        with services.database.read() as connection:
            return MeetingList(meetings=meetings_db.open_until(connection, until))

    return answer(_MEETINGS, await run_in_threadpool(read))


@api.post(
    "/meetings/{meeting_id}",
    response_model=Meeting,
    summary="Note what was done in a meeting",
    operation_id="noteMeeting",
    responses=problems(NotFound, Invalid),
)
async def note_meeting(meeting_id: str, body: HoldIn, services: ServicesDep, caller: Reader) -> Response:
    """Tick items of its checklist, keep notes, say that it was held. For the team, or `ops-editor`."""
    actor = await acting(services, caller)
    hold = Meetings(parts_of(services)).hold
    return answer(
        _MEETING, await run_in_threadpool(hold, meeting_id, body.done, body.notes, body.held, actor)
    )


async def _view(services: ServicesDep, found: Stored) -> PlanView:
    def read() -> PlanView:
        with services.database.read() as connection:
            held = meetings_db.of_plan(connection, found.id)
        return PlanView(plan=found, agreed=found.agreed, meetings=held)

    return await run_in_threadpool(read)
