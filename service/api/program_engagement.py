"""Engagement of accounts: by their score now, one of them with why, and what signals activated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.facts import ActivationKind, ProgramTier
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import answer, cursor, position
from service.auth import Scope
from service.db.decisions import Position
from service.db.engagement import activations as db
from service.db.engagement.activations import Activation, Wanted
from service.db.engagement.ranking import Behind, Ranked
from service.engagement.report import EngagedAccount, EngagementDetail, detail, ranked
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound
from service.records.fields import Moment

api = APIRouter(route_class=Endpoint, tags=["program"], prefix="/v1/program")

Limit = Annotated[int, Query(ge=1, le=500)]
Tier = Annotated[ProgramTier | None, Query(description="Of one tier of the program only.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagedAccounts:
    """Accounts with signals, the highest score first. ``next_cursor`` is None on the last page."""

    accounts: Sequence[EngagedAccount]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationList:
    """Activations, the newest first. ``next_cursor`` is None on the last page."""

    activations: Sequence[Activation]
    next_cursor: str | None


_DETAIL = TypeAdapter(EngagementDetail)
_RANKED = TypeAdapter(EngagedAccounts)
_ACTIVATIONS = TypeAdapter(ActivationList)


@api.get(
    "/engagement",
    response_model=EngagementDetail,
    summary="See the engagement of an account",
    operation_id="getEngagement",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_engagement(
    services: ServicesDep,
    account: Annotated[str, Query(max_length=255, description="The account's external id.")],
) -> Response:
    """Its score now and what that is made of, who engaged, stages by source, signals by day and kind."""

    def read() -> EngagementDetail | None:
        with services.database.read() as connection:
            return detail(connection, account, services.now())

    found = await run_in_threadpool(read)
    if found is None:
        raise NotFound("There is no account with this id, and no signal of it")
    return answer(_DETAIL, found)


@api.get(
    "/engagement/accounts",
    response_model=EngagedAccounts,
    summary="List accounts by their score",
    operation_id="listEngagedAccounts",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_engaged(
    services: ServicesDep,
    tier: Tier = None,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Limit = 100,
) -> Response:
    """The score is that of now: signals count half after the half-life of their kind."""
    behind = behind_of(cursor)

    def read() -> EngagedAccounts:
        now = services.now()
        with services.database.read() as connection:
            found = ranked(connection, now, tier=tier, behind=behind, limit=limit + 1)
        return EngagedAccounts(
            accounts=[shown for _, shown in found[:limit]], next_cursor=next_of(found, limit)
        )

    return answer(_RANKED, await run_in_threadpool(read))


@api.get(
    "/activations",
    response_model=ActivationList,
    summary="List activations",
    operation_id="listActivations",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_activations(
    services: ServicesDep,
    account: Annotated[str | None, Query(max_length=255)] = None,
    kind: ActivationKind | None = None,
    tier: Tier = None,
    since: Annotated[Moment | None, Query(description="Those that happened then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Those that happened before.")] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 100,
) -> Response:
    """The newest first, each with what it rests on; `decision_id` leads to what the rules made of it."""
    place = position(cursor)
    before = (place.at, place.id) if place is not None else None
    wanted = Wanted(account=account, kind=kind, tier=tier, since=since, until=until)

    def read() -> list[Activation]:
        with services.database.read() as connection:
            return db.page(connection, wanted, before=before, limit=limit + 1)

    found = await run_in_threadpool(read)
    return answer(_ACTIVATIONS, ActivationList(activations=found[:limit], next_cursor=_next(found, limit)))


def _next(found: Sequence[Activation], limit: int) -> str | None:
    last = found[limit - 1] if len(found) > limit else None
    return cursor(Position(at=last.at, id=last.id)) if last else None


def next_of(found: Sequence[tuple[Ranked, EngagedAccount]], limit: int) -> str | None:
    """The cursor to what is behind the first ``limit`` of a ranking; None when nothing is."""
    last = found[limit - 1][0] if len(found) > limit else None
    return f"{last.milli} {last.account}" if last else None


def behind_of(cursor: str | None) -> Behind | None:
    """The account that a page of the ranking begins behind. Raises Invalid."""
    if cursor is None:
        return None
    milli, _, account = cursor.partition(" ")
    if not (milli.isascii() and milli.isdecimal() and len(milli) < 18 and account):
        error = FieldError(parameter="cursor", detail="must be a next_cursor of an earlier answer")
        raise Invalid("The cursor cannot be used", errors=[error])
    return Behind(milli=int(milli), account=account)
