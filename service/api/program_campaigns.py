"""Plays, campaigns, and the people in campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.facts import ProgramTier
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, takes_many
from service.api.program_actor import Editor, acting, parts_of
from service.api.views import answer, older, position
from service.auth import Scope
from service.db.program import campaigns as db
from service.db.program import members as members_db
from service.db.program import plays as plays_db
from service.db.program.campaigns import NO_CONTENT, Campaign
from service.db.program.members import Member
from service.http.problems import problems
from service.problems import Conflict, FieldError, Invalid, NotFound
from service.program.campaigns import Campaigns, Joining, Wanted
from service.program.core.plans import CampaignContent, CampaignState
from service.program.core.plays import Play
from service.records.contacts import Identifier
from service.records.fields import Moment

api = APIRouter(route_class=Endpoint, tags=["program"], prefix="/v1/program")

Name = Annotated[str, Field(min_length=1, max_length=255)]


class CampaignIn(BaseModel):
    """A campaign by its id in the CRM, or one of your own."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, populate_by_name=True)

    external_id: Identifier
    name: Name
    play: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="The play of the catalogue that it is."
    )
    account: Identifier | None = Field(
        default=None, description="The account it is made for; a personalised campaign then."
    )
    tier: ProgramTier | None = Field(default=None, description="The tier it is for, of one for many.")
    group: Name | None = Field(default=None, description="The group it is for.")
    starts: Moment | None = Field(
        default=None, alias="from", description="When it begins by itself; unless said, when it is started."
    )
    until: Moment | None = Field(
        default=None, description="When it ends by itself; unless said, when it is finished."
    )
    content: CampaignContent = NO_CONTENT


class MemberIn(BaseModel):
    """A person of a campaign: the contact's external id, the address, or both."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    contact: Identifier | None = Field(default=None, description="The contact's external id.")
    email: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    status: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="Sent, responded, attended, ...", examples=["responded"]
    )
    joined_at: Moment | None = None
    responded_at: Moment | None = None


class MembersIn(BaseModel):
    """People of a campaign."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    members: Annotated[list[MemberIn], Field(min_length=1, max_length=1000)]

    def joining(self) -> list[Joining]:
        """The people as the program takes them."""
        return [Joining(**each.model_dump()) for each in self.members]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign with how many people are in it, and how many of them responded."""

    campaign: Campaign
    members: int
    responded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignList:
    """Campaigns, the newest first. ``next_cursor`` is None on the last page."""

    campaigns: Sequence[CampaignView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayList:
    """The catalogue of plays, by key."""

    plays: Sequence[Play]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A person of a campaign."""

    person: str
    contact: str | None
    email: str | None
    status: str | None
    joined_at: datetime
    responded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberList:
    """People of a campaign in a fixed order. ``next_cursor`` is None on the last page."""

    members: Sequence[MemberView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """How many people were put in, or taken out."""

    members: int


_PLAY: TypeAdapter[Play] = TypeAdapter(Play)
_PLAYS = TypeAdapter(PlayList)
_ONE = TypeAdapter(CampaignView)
_MANY = TypeAdapter(CampaignList)
_MEMBERS = TypeAdapter(MemberList)
_CHANGED = TypeAdapter(Changed)


@api.get(
    "/plays",
    response_model=PlayList,
    summary="List the catalogue of plays",
    operation_id="listPlays",
    dependencies=[require(Scope.READ)],
)
async def list_plays(services: ServicesDep) -> Response:
    """What ships, with what was added or changed."""

    def read() -> PlayList:
        with services.database.read() as connection:
            found = plays_db.every(connection)
        return PlayList(plays=[found[key] for key in sorted(found)])

    return answer(_PLAYS, await run_in_threadpool(read))


@api.put(
    "/plays/{key}",
    response_model=Play,
    summary="Add a play to the catalogue, or change one",
    operation_id="putPlay",
    responses=problems(Invalid),
)
async def put_play(key: str, body: Play, services: ServicesDep, caller: Editor) -> Response:
    """The key is the play's word in rules and imports. With `active` false no new campaign may be one."""
    if body.key != key:
        raise Invalid(
            "The play is not valid",
            errors=[FieldError(pointer="#/key", detail="must be the key of the address")],
        )
    now = services.now()
    await run_in_threadpool(
        services.database.transact, lambda connection: plays_db.put(connection, body, caller.name, now)
    )
    return answer(_PLAY, body)


@api.get(
    "/campaigns",
    response_model=CampaignList,
    summary="List campaigns",
    operation_id="listCampaigns",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_campaigns(
    services: ServicesDep,
    account: Annotated[str | None, Query(max_length=255)] = None,
    plan: Annotated[str | None, Query(max_length=40)] = None,
    play: Annotated[str | None, Query(max_length=64)] = None,
    state: CampaignState | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> Response:
    """The newest first, with how many people are in each and how many responded."""
    place = position(cursor)

    def read() -> CampaignList:
        with services.database.read() as connection:
            found = db.newest(
                connection,
                account=account,
                plan_id=plan,
                play=play,
                state=state,
                after=place,
                limit=limit + 1,
            )
            counts = members_db.counts(connection, [each.id for each in found[:limit]])
        return CampaignList(
            campaigns=[_view(each, counts) for each in found[:limit]], next_cursor=older(found, limit)
        )

    return answer(_MANY, await run_in_threadpool(read))


@api.put(
    "/campaigns",
    response_model=CampaignView,
    summary="Store a campaign",
    operation_id="putCampaign",
    responses=problems(Invalid, Conflict) | {201: {"model": CampaignView, "description": "It is new."}},
)
async def put_campaign(body: CampaignIn, services: ServicesDep, caller: Editor) -> Response:
    """By the id in the body. A campaign that is new is planned; it runs from `from` to `until`.

    What it leaves out a person does: `start` and `finish`. A personalised one whose time comes while
    another of its account runs begins when that one ends.
    """
    actor = await acting(services, caller)
    wanted = Wanted(**{name: getattr(body, name) for name in Wanted.__slots__})
    found, new = await run_in_threadpool(Campaigns(parts_of(services)).put, body.external_id, wanted, actor)
    return answer(_ONE, await _shown(services, found), 201 if new else 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What a person does to a campaign, and what it becomes by it."""

    name: str
    becomes: CampaignState
    about: str


VERBS = (
    Verb(
        name="start",
        becomes=CampaignState.ACTIVE,
        about="From now on it runs. Of the personalised campaigns of an account one runs at a time.",
    ),
    Verb(
        name="finish",
        becomes=CampaignState.DONE,
        about="It is done. Another of the account may run; one that waits for its place begins.",
    ),
    Verb(
        name="cancel",
        becomes=CampaignState.CANCELLED,
        about="It does not take place, or not to its end.",
    ),
)


def _add(verb: Verb) -> None:
    """The endpoint of a verb."""

    async def turn(campaign_id: str, services: ServicesDep) -> Response:
        found = await run_in_threadpool(Campaigns(parts_of(services)).turn, campaign_id, verb.becomes)
        return answer(_ONE, await _shown(services, found))

    api.add_api_route(
        f"/campaigns/{{campaign_id}}/{verb.name}",
        turn,
        methods=["POST"],
        response_model=CampaignView,
        summary=f"{verb.name.capitalize()} a campaign",
        description=verb.about,
        operation_id=f"{verb.name}Campaign",
        dependencies=[require(Scope.OPS_EDITOR)],
        responses=problems(NotFound, Conflict),
    )


for _verb in VERBS:
    _add(_verb)


@api.get(
    "/campaigns/{campaign_id}/members",
    response_model=MemberList,
    summary="List the people of a campaign",
    operation_id="listCampaignMembers",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def list_members(
    campaign_id: str,
    services: ServicesDep,
    cursor: Annotated[str, Query(max_length=330)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """In a fixed order, page by page."""

    def read() -> list[Member] | None:
        with services.database.read() as connection:
            found = db.get(connection, campaign_id)
            if found is None:
                return None
            return members_db.of(connection, found.id, after=cursor, limit=limit + 1)

    people = await run_in_threadpool(read)
    if people is None:
        raise NotFound("There is no campaign with this id")
    more = people[limit - 1].person if len(people) > limit else None
    shown = [
        MemberView(**{name: getattr(each, name) for name in MemberView.__slots__}) for each in people[:limit]
    ]
    return answer(_MEMBERS, MemberList(members=shown, next_cursor=more))


@api.post(
    "/campaigns/{campaign_id}/members",
    response_model=Changed,
    summary="Put people into a campaign",
    operation_id="putCampaignMembers",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(NotFound, Invalid),
)
@takes_many
async def put_members(campaign_id: str, body: MembersIn, services: ServicesDep) -> Response:
    """Up to 1,000. Who is in it already has the new status. Rules ask for it as `campaigns`.

    With `responded_at` it is heard of as a signal of the kind `campaign_response`, once of each person.
    """
    count = await run_in_threadpool(Campaigns(parts_of(services)).join, campaign_id, body.joining())
    services.bell.ring()
    return answer(_CHANGED, Changed(members=count))


@api.post(
    "/campaigns/{campaign_id}/members/remove",
    response_model=Changed,
    summary="Take people out of a campaign",
    operation_id="removeCampaignMembers",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(NotFound, Invalid),
)
@takes_many
async def remove_members(campaign_id: str, body: MembersIn, services: ServicesDep) -> Response:
    """Those who are not in it change nothing. That they responded counts no more."""
    count = await run_in_threadpool(Campaigns(parts_of(services)).leave, campaign_id, body.joining())
    return answer(_CHANGED, Changed(members=count))


async def _shown(services: ServicesDep, found: Campaign) -> CampaignView:
    def read() -> CampaignView:
        with services.database.read() as connection:
            return _view(found, members_db.counts(connection, [found.id]))

    return await run_in_threadpool(read)


def _view(found: Campaign, counts: Any) -> CampaignView:
    members, responded = counts.get(found.id, (0, 0))
    return CampaignView(campaign=found, members=members, responded=responded)
