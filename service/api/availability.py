"""Who is there: why a rep cannot take a contact, until when, the days ahead, the switch, company days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.availability import Day, presence, week
from routing.types.people import Offline, Rep, RepId
from routing.types.rotation import SkipReason
from routing.working import local_day
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import clocks, company_days, reps
from service.db.company_days import CompanyDay
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound
from service.records.fields import Moment, Name, Reason, Text128
from service.records.reps import Region
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["availability"])

Editor = Annotated[Caller, require(Scope.OPS_EDITOR)]
At = Annotated[Moment | None, Query(description="The moment that is asked about; now, unless said.")]
RespectHours = Annotated[bool, Query(description="Whether working hours, holidays and meetings count.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """Whether a rep can take a contact.

    ``reason`` is null when so; ``until`` is when it ends by itself, ``next_available`` when the
    rep can take one again (null: not within a year); ``detail`` names the absence or the
    holiday; ``cover`` stands in.
    """

    rep: RepId
    name: str
    time_zone: str
    available: bool
    reason: SkipReason | None
    until: datetime | None
    next_available: datetime | None
    detail: str | None
    cover: RepId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Whether a rep can take a contact, and the days of the rep's own calendar from then on."""

    at: datetime
    now: Available
    days: Sequence[Day]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """All active reps, by name."""

    at: datetime
    reps: Sequence[Available]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyDays:
    """Every day off of the company, and every holiday on which it works, by date."""

    days: Sequence[CompanyDay]


class OfflineIn(BaseModel):
    """Until when the rep is offline, and why."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    until: Moment | None = Field(default=None, description="Unless said, until somebody switches it back.")
    reason: Reason | None = Field(default=None, examples=["lunch"])


class CompanyDayIn(BaseModel):
    """A day off, or a holiday on which one works."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    day: date
    name: Name = Field(examples=["Company outing"])
    region: Region | None = Field(default=None, description="Only reps with the holidays of this place.")
    team: Text128 | None = Field(default=None, description="Only this team.")
    works: bool = Field(default=False, description="True: a working day, although it may be a holiday.")


class CompanyDaysIn(BaseModel):
    """All company days there are to be."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    days: list[CompanyDayIn] = Field(max_length=2000)


_ONE = TypeAdapter(Availability)
_TEAM = TypeAdapter(Team)
_DAYS = TypeAdapter(CompanyDays)


@api.get(
    "/v1/availability",
    response_model=Team,
    summary="Who is there",
    operation_id="listAvailability",
    dependencies=[require(Scope.READ)],
)
async def list_availability(
    services: ServicesDep,
    at: At = None,
    team: Annotated[str | None, Query(max_length=128)] = None,
    respect_hours: RespectHours = True,
) -> Response:
    """Every active rep: there or not, why, until when, and when again."""
    moment = at or services.now()

    def read() -> Team:
        with services.database.read() as connection:
            found = [rep for rep in reps.all_reps(connection) if rep.active and team in (None, rep.team)]
            known = reps.in_meetings(connection, {rep.id: rep for rep in found}, moment)
        shown = [_available(rep, moment, respect_hours) for rep in known.values()]
        return Team(at=moment, reps=shown)

    return answer(_TEAM, await run_in_threadpool(read))


@api.get(
    "/v1/reps/{rep:path}/availability",
    response_model=Availability,
    summary="When a rep is there",
    operation_id="getAvailability",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_availability(
    rep: str,
    services: ServicesDep,
    at: At = None,
    days: Annotated[int, Query(ge=1, le=92, description="How many days, from that of `at` on.")] = 7,
    respect_hours: RespectHours = True,
) -> Response:
    """Why the rep is not available, until when, when again; and the hours of the days ahead."""
    return answer(_ONE, await _shown(services, rep, at or services.now(), days, respect_hours))


@api.post(
    "/v1/reps/{rep:path}/offline",
    response_model=Availability,
    summary="Switch a rep offline",
    operation_id="switchOffline",
    responses=problems(NotFound, Invalid),
)
async def switch_offline(rep: str, body: OfflineIn, services: ServicesDep, caller: Editor) -> Response:
    """Pools pass the rep over from now on; what the rep has or owns stays. An absence does more."""
    if body.until is not None and body.until <= services.now():
        error = FieldError(pointer="#/until", detail="must be in the future")
        raise Invalid("The end has passed", errors=[error])

    def switched(now: datetime) -> Offline:
        return Offline(since=now, until=body.until, reason=body.reason, by=caller.name)

    at = await _switch(services, rep, switched)
    return answer(_ONE, await _shown(services, rep, at, 7, True))


@api.post(
    "/v1/reps/{rep:path}/online",
    response_model=Availability,
    summary="Switch a rep online",
    operation_id="switchOnline",
    responses=problems(NotFound),
)
async def switch_online(rep: str, services: ServicesDep, _: Editor) -> Response:
    """End the switch, also one that missed clocks had set; these then count anew."""
    at = await _switch(services, rep, lambda _: None)
    return answer(_ONE, await _shown(services, rep, at, 7, True))


@api.get(
    "/v1/company-days",
    response_model=CompanyDays,
    summary="Days off of the company",
    operation_id="listCompanyDays",
    dependencies=[require(Scope.READ)],
)
async def list_company_days(services: ServicesDep) -> Response:
    """Besides the public holidays of each rep's place."""

    def read() -> CompanyDays:
        with services.database.read() as connection:
            return CompanyDays(days=company_days.listed(connection))

    return answer(_DAYS, await run_in_threadpool(read))


@api.put(
    "/v1/company-days",
    response_model=CompanyDays,
    summary="Set the days off of the company",
    operation_id="putCompanyDays",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(Invalid),
)
async def put_company_days(body: CompanyDaysIn, services: ServicesDep) -> Response:
    """The list replaces the one before; clocks that run are counted anew."""
    days = [CompanyDay(**day.model_dump()) for day in body.days]
    keys = {(day.day, day.region, day.team) for day in days}
    if len(keys) < len(days):
        error = FieldError(pointer="#/days", detail="must have each date once for a region and team")
        raise Invalid("A day is given twice", errors=[error])

    def store(connection: Connection) -> CompanyDays:
        company_days.replace_all(connection, days)
        reps.recount(connection, clocks.reps_counted(connection))
        return CompanyDays(days=company_days.listed(connection))

    return answer(_DAYS, await run_in_threadpool(services.database.transact, store))


async def _shown(services: Services, name: str, at: datetime, days: int, respect_hours: bool) -> Availability:
    def read() -> Availability:
        with services.database.read() as connection:
            known = reps.by_id(connection, [RepId(name)])
            known = reps.in_meetings(connection, known, at, timedelta(days=days + 1))
        rep = known.get(RepId(name))
        if rep is None:
            raise NotFound("There is no rep with this id")
        return Availability(
            at=at, now=_available(rep, at, respect_hours), days=week(rep, local_day(rep, at), days)
        )

    return await run_in_threadpool(read)


async def _switch(services: Services, name: str, switched: Callable[[datetime], Offline | None]) -> datetime:
    """Store the switch of that moment, which is answered: the database's, by which others decide."""

    def store(connection: Connection) -> datetime:
        now = services.clock()
        if not reps.switch(connection, RepId(name), switched(now), now):
            raise NotFound("There is no rep with this id")
        return now

    return await run_in_threadpool(services.database.transact, store)


def _available(rep: Rep, at: datetime, respect_hours: bool) -> Available:
    found = presence(rep, at, respect_hours=respect_hours)
    return Available(
        rep=rep.id,
        name=rep.name,
        time_zone=rep.time_zone,
        available=found.reason is None,
        reason=found.reason,
        until=found.until,
        next_available=at if found.reason is None else found.next,
        detail=found.detail,
        cover=found.cover,
    )
