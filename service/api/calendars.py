"""The calendar of a rep: sent as iCalendar text, or read from an address again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.people import RepId
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, takes_files
from service.api.views import answer
from service.auth import Scope
from service.calendars import ical
from service.calendars.reading import Calendars, fetch
from service.db import calendars, reps
from service.db.calendars import Feed
from service.delivery import http
from service.delivery.http import BadTarget
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound, TooLarge, UnsupportedMediaType
from service.services import Services
from service.strict_json import parse
from service.validation import field_errors

api = APIRouter(route_class=Endpoint, tags=["availability"])

TEXT = "text/calendar"


class CalendarIn(BaseModel):
    """Where a rep's calendar is read."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str = Field(
        min_length=1,
        max_length=2048,
        description="An iCalendar address (https); it is asked every 15 minutes.",
    )
    busy: bool = Field(default=False, description="Meetings count where a pool respects hours.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayTime:
    """A time away, as the calendar says."""

    start: datetime
    until: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarState:
    """A rep's calendar as it was last read. ``problem`` says why it could not be; ``notes`` which events."""

    rep: RepId
    from_address: bool
    busy: bool
    read_at: datetime | None
    problem: str | None
    notes: Sequence[str]
    away: Sequence[AwayTime]


_STATE = TypeAdapter(CalendarState)
_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/CalendarIn"}},
        TEXT: {"schema": {"type": "string"}},
    },
}


@api.put(
    "/v1/reps/{rep:path}/calendar",
    response_model=CalendarState,
    summary="Set a rep's calendar",
    operation_id="putCalendar",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(NotFound, Invalid, TooLarge, UnsupportedMediaType),
    openapi_extra={"requestBody": _BODY},
)
@takes_files
async def put_calendar(
    rep: str,
    request: Request,
    services: ServicesDep,
    busy: Annotated[
        bool, Query(description="Of a text: meetings count where a pool respects hours.")
    ] = False,
) -> Response:
    """As `text/calendar`, or as JSON with its address. Absences entered by hand stay beside it."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = await request.body()
    if media == TEXT:
        text, url = raw.decode("utf-8-sig", "replace"), None
    elif media == "application/json":
        given = _address(raw)
        text, url, busy = None, given.url, given.busy
    else:
        raise UnsupportedMediaType(f"Send {TEXT}, or application/json with the calendar's address")

    store = partial(keep, services, rep, url=url, text=text, busy=busy)
    return answer(_STATE, await run_in_threadpool(store))


def keep(services: Services, rep: str, *, url: str | None, text: str | None, busy: bool) -> CalendarState:
    """Make this the calendar of a rep, and read it at once. Raises NotFound, Invalid.

    ``url`` or ``text`` is given. An address that does not answer is kept and asked again: the state says so.
    """

    def put(connection: Connection) -> Feed:
        _demand(connection, rep)
        calendars.put(connection, RepId(rep), url=url, text=text, busy=busy, now=services.clock())
        feed = calendars.get(connection, RepId(rep))
        assert feed is not None, "it was stored just now"
        return feed

    if text is not None:
        _check(text)
    if url is not None:
        _check_address(url, services)
    feed = services.database.transact(put)
    allowed = services.settings.delivery_allow
    Calendars(services.database, partial(fetch, allowed=allowed), services.clock).read(feed)
    return _state(services, rep)


@api.get(
    "/v1/reps/{rep:path}/calendar",
    response_model=CalendarState,
    summary="Read a rep's calendar",
    operation_id="getCalendar",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_calendar(rep: str, services: ServicesDep) -> Response:
    """When it was last read, what it says and what is wrong. The address is not shown: it is a secret."""
    return answer(_STATE, await run_in_threadpool(_state, services, rep))


@api.delete(
    "/v1/reps/{rep:path}/calendar",
    status_code=204,
    summary="Forget a rep's calendar",
    operation_id="deleteCalendar",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(NotFound),
)
async def delete_calendar(rep: str, services: ServicesDep) -> None:
    """With the absences that came from it."""
    gone = await run_in_threadpool(services.database.transact, lambda c: calendars.remove(c, RepId(rep)))
    if not gone:
        raise NotFound("The rep has no calendar")


def _address(raw: bytes) -> CalendarIn:
    try:
        return CalendarIn.model_validate(parse(raw))
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        raise Invalid("The calendar cannot be stored", errors=field_errors(wrong, CalendarIn)) from None


def _check_address(url: str, services: Services) -> None:
    try:
        http.check_target(url, services.settings.delivery_allow)
    except BadTarget as error:
        fault = FieldError(pointer="#/url", detail=str(error))
        raise Invalid("The calendar cannot be read from there", errors=[fault]) from None


def _check(text: str) -> None:
    """Refuse a text that is no calendar before it takes the place of one that is."""
    try:
        ical.events(text)
    except ical.Unreadable as error:
        raise Invalid("The calendar cannot be stored", errors=[FieldError(detail=str(error))]) from None


def _demand(connection: Connection, rep: str) -> None:
    if RepId(rep) not in reps.by_id(connection, [RepId(rep)]):
        raise NotFound("There is no rep with this id")


def _state(services: Services, rep: str) -> CalendarState:
    with services.database.read() as connection:
        _demand(connection, rep)
        feed = calendars.get(connection, RepId(rep))
        away = calendars.said(connection, RepId(rep))
    if feed is None:
        raise NotFound("The rep has no calendar")
    return CalendarState(
        rep=feed.rep,
        from_address=feed.url is not None,
        busy=feed.busy,
        read_at=feed.read_at,
        problem=feed.problem,
        notes=feed.notes,
        away=[AwayTime(start=each.start, until=each.until, reason=each.reason) for each in away],
    )
