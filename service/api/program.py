"""The account-based program: at a glance, its settings, its quarters, and the target account list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.facts import ProgramTier
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.program_actor import Approver, Editor, parts_of
from service.api.views import answer
from service.auth import Caller, Scope
from service.db.program import placements, quarters
from service.db.program import settings as stored
from service.db.program.quarters import Begun
from service.db.program.settings import Version
from service.http.problems import problems
from service.problems import Conflict, Forbidden, Invalid, NotFound, Stale
from service.program.board import Board, Target, board, targets
from service.program.core.quarters import Quarter, current, following
from service.program.core.settings import ProgramSettings
from service.program.core.tiers import Group, Placement
from service.program.settings import Settings
from service.program.targets import Placing, Targets
from service.records.contacts import Identifier
from service.records.fields import Moment

api = APIRouter(route_class=Endpoint, tags=["program"], prefix="/v1/program")

Text = Annotated[str, Field(min_length=1, max_length=500)]
Part = Annotated[str, Field(min_length=1, max_length=64)]
AccountQuery = Annotated[str, Query(min_length=1, max_length=255, description="The account's external id.")]


class SettingsIn(BaseModel):
    """The settings to be in force from now on: what is left out has its default."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    settings: ProgramSettings
    version: int | None = Field(
        default=None, ge=0, description="The version they were written on; another in force answers 412."
    )
    reason: Text | None = None


class TargetIn(BaseModel):
    """An account in a tier. What of its group is left out is taken from the account's fields."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, populate_by_name=True)

    account: Identifier = Field(description="The external id of the account.")
    tier: ProgramTier
    starts: Moment | None = Field(
        default=None,
        alias="from",
        description="When it begins; now unless said. In the past with `until`: history.",
    )
    until: Moment | None = Field(
        default=None, description="When it ends; a strategic one ends with its term unless said."
    )
    reason: Text = Field(examples=["Expansion is planned with the new business unit"])
    segment: Part | None = None
    region: Part | None = None
    vertical: Part | None = None
    persona: Part | None = None

    def placing(self) -> Placing:
        """What the program is asked for."""
        group = Group(segment=self.segment, region=self.region, vertical=self.vertical, persona=self.persona)
        return Placing(
            account=self.account,
            tier=self.tier,
            reason=self.reason,
            starts=self.starts,
            until=self.until,
            group=group,
        )


class ReleaseIn(BaseModel):
    """An account that leaves the program."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account: Identifier
    at: Moment | None = Field(default=None, description="When it leaves; now unless said.")
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetList:
    """Accounts of the program by their ids. ``next_cursor`` is None on the last page."""

    targets: Sequence[Target]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementView:
    """A tier of an account and the time it held or will hold."""

    tier: ProgramTier
    group: str | None
    starts: datetime
    until: datetime | None
    reason: str
    decided_by: str
    decided_at: datetime
    nomination: str | None
    ended_by: str | None
    end_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Every tier of an account, the first to begin first."""

    account: str
    placements: Sequence[PlacementView]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterList:
    """The quarters around now, with their windows, and what happened when they began."""

    quarters: Sequence[Quarter]
    begun: Sequence[Begun]


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Versions of the settings, the newest first."""

    versions: Sequence[Version]


_BOARD: TypeAdapter[Board] = TypeAdapter(Board)
_VERSION: TypeAdapter[Version] = TypeAdapter(Version)
_VERSIONS = TypeAdapter(Versions)
_TARGETS = TypeAdapter(TargetList)
_HISTORY = TypeAdapter(History)
_QUARTERS = TypeAdapter(QuarterList)


@api.get(
    "",
    response_model=Board,
    summary="The program at a glance",
    operation_id="getProgram",
    dependencies=[require(Scope.READ)],
)
async def get_program(services: ServicesDep) -> Response:
    """The quarters, the window of nominations, the places taken, the strategic accounts, the groups."""

    def read() -> Board:
        with services.database.read() as connection:
            return board(connection, services.now())

    return answer(_BOARD, await run_in_threadpool(read))


@api.get(
    "/settings",
    response_model=Version,
    summary="Read the settings of the program",
    operation_id="getProgramSettings",
    dependencies=[require(Scope.READ)],
)
async def get_settings(services: ServicesDep) -> Response:
    """The version in force; version 0 are the defaults, before anybody chose."""
    return answer(_VERSION, await run_in_threadpool(Settings(parts_of(services)).current))


@api.put(
    "/settings",
    response_model=Version,
    summary="Change the settings of the program",
    operation_id="putProgramSettings",
    responses=problems(Invalid, Conflict, Stale),
)
async def put_settings(body: SettingsIn, services: ServicesDep, caller: Approver) -> Response:
    """Put settings in force, as a version. The calendar cannot change while nominations stand on it."""
    change = Settings(parts_of(services)).change
    made = await run_in_threadpool(change, body.settings, body.version, caller.name, body.reason)
    return answer(_VERSION, made)


@api.get(
    "/settings/versions",
    response_model=Versions,
    summary="List the versions of the settings",
    operation_id="listProgramSettings",
    dependencies=[require(Scope.READ)],
)
async def list_versions(services: ServicesDep) -> Response:
    """Who changed the settings when and why, the newest first."""

    def read() -> Versions:
        with services.database.read() as connection:
            return Versions(versions=stored.history(connection))

    return answer(_VERSIONS, await run_in_threadpool(read))


@api.get(
    "/quarters",
    response_model=QuarterList,
    summary="List quarters with their windows",
    operation_id="listProgramQuarters",
    dependencies=[require(Scope.READ)],
)
async def list_quarters(services: ServicesDep) -> Response:
    """This quarter and the next four; and the quarters that began, with who entered, stayed and left."""

    def read() -> QuarterList:
        with services.database.read() as connection:
            settings = stored.current(connection)
            this = current(settings, services.now())
            ahead = [following(settings, this, steps) for steps in range(5)]
            return QuarterList(quarters=ahead, begun=quarters.newest(connection))

    return answer(_QUARTERS, await run_in_threadpool(read))


@api.get(
    "/targets",
    response_model=TargetList,
    summary="List target accounts",
    operation_id="listTargets",
    dependencies=[require(Scope.READ)],
)
async def list_targets(
    services: ServicesDep,
    tier: Annotated[ProgramTier | None, Query(description="Of one tier only.")] = None,
    group: Annotated[str | None, Query(max_length=255, description="Of one group only.")] = None,
    at: Annotated[Moment | None, Query(description="As it was or will be then; now unless said.")] = None,
    cursor: Annotated[str, Query(max_length=255)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """The accounts in the program, by id, with tier, group and team."""

    def read() -> list[Target]:
        with services.database.read() as connection:
            settings = stored.current(connection)
            moment = at or services.now()
            return targets(
                connection, settings, moment, tier=tier, group=group, after=cursor, limit=limit + 1
            )

    found = await run_in_threadpool(read)
    more = found[limit - 1].account if len(found) > limit else None
    return answer(_TARGETS, TargetList(targets=found[:limit], next_cursor=more))


@api.post(
    "/targets",
    response_model=History,
    summary="Put an account into a tier",
    operation_id="placeTarget",
    responses=problems(Invalid, Conflict, Forbidden),
)
async def place_target(body: TargetIn, services: ServicesDep, caller: Editor) -> Response:
    """From now, or from the time said, until the end said; it ends by itself, and the history stays.

    The strategic tier needs the scope `ops-approver` as well, and a free place at every moment of the time.
    """
    _may_place(body, caller)
    await run_in_threadpool(Targets(parts_of(services)).place, body.placing(), caller.name)
    return answer(_HISTORY, await _history(services, body.account))


@api.post(
    "/targets/release",
    response_model=History,
    summary="Take an account out of the program",
    operation_id="releaseTarget",
    responses=problems(NotFound, Invalid, Conflict, Forbidden),
)
async def release_target(body: ReleaseIn, services: ServicesDep, caller: Editor) -> Response:
    """From now or from the time said it is in no tier. An approved nomination must be withdrawn first."""
    release = Targets(parts_of(services)).release
    await run_in_threadpool(release, body.account, body.at, body.reason, caller.name)
    return answer(_HISTORY, await _history(services, body.account))


@api.get(
    "/targets/history",
    response_model=History,
    summary="Read every tier of an account",
    operation_id="getTargetHistory",
    dependencies=[require(Scope.READ)],
)
async def get_history(services: ServicesDep, account: AccountQuery) -> Response:
    """From when until when it was in which tier, who decided it and why; what is planned as well."""
    return answer(_HISTORY, await _history(services, account))


def _may_place(body: TargetIn, caller: Caller) -> None:
    if body.tier is ProgramTier.STRATEGIC:
        caller.demand(Scope.OPS_APPROVER)


async def _history(services: Any, account: str) -> History:
    def read() -> History:
        with services.database.read() as connection:
            found = placements.timeline(connection, account)
            return History(account=account, placements=[_shown(each) for each in found])

    return await run_in_threadpool(read)


def _shown(each: Placement) -> PlacementView:
    same: Mapping[str, Any] = {
        name: getattr(each, name) for name in PlacementView.__slots__ if name != "group"
    }
    return PlacementView(**same, group=each.group.name)
