"""Destinations: which systems are told of decisions, and of which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from service.api.deps import Services, ServicesDep, require
from service.api.endpoint import Endpoint
from service.auth import Scope
from service.db import destinations, outbox
from service.db.destinations import Destination
from service.delivery.http import BadTarget, check_target
from service.delivery.outbox import EventType
from service.delivery.signing import ShownSecret, in_force, new_secret, rotated, shown
from service.problems import Conflict, FieldError, Invalid, NotFound, problems

api = APIRouter(
    route_class=Endpoint,
    tags=["destinations"],
    prefix="/v1/destinations",
    dependencies=[require(Scope.ADMIN)],
)

_KIND = "webhook"
_MOST_SECRETS = 5
Name = Annotated[str, Field(min_length=1, max_length=100, examples=["crm"])]
Url = Annotated[str, Field(min_length=1, max_length=2048, examples=["https://hooks.example.com/muster"])]
Events = Annotated[frozenset[EventType], Field(description="What it is told of; empty: everything.")]


class DestinationIn(BaseModel):
    """A destination to be made."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Name
    url: Url
    events: Events = frozenset()


class DestinationChange(BaseModel):
    """What is to change about a destination; what is left out stays.

    ``active`` true also brings back a destination that was disabled.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Name | None = None
    url: Url | None = None
    events: Events | None = None
    active: bool | None = Field(default=None, description="False: messages are queued and none is sent.")


class SecretRotation(BaseModel):
    """How a new secret takes over: messages are signed with the old ones too for ``overlap_hours``."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationView:
    """A destination, without its secrets.

    ``disabled_reason`` is set when the destination said that it is gone: then
    nothing is queued for it until it is made active again.
    """

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    active: bool
    disabled_reason: str | None
    secrets: tuple[ShownSecret, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationMade:
    """A destination with a new secret. The secret is in this answer and nowhere else."""

    destination: DestinationView
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationList:
    """Every destination, by name."""

    destinations: tuple[DestinationView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many messages are sent again."""

    replayed: int


@api.post("", status_code=201, summary="Make a destination", responses=problems(Conflict, Invalid))
async def create_destination(
    destination: DestinationIn, services: ServicesDep, response: Response
) -> DestinationMade:
    """Have decisions delivered to a URL, signed by Standard Webhooks. The secret is shown this once."""
    response.headers["Cache-Control"] = "no-store"
    _check_url(services, destination.url)
    now = services.now()
    secret = new_secret(now)
    made = Destination(
        id=services.new_id(),
        name=destination.name,
        kind=_KIND,
        url=destination.url,
        secrets=(secret,),
        events=tuple(sorted(destination.events)),
        active=True,
        disabled_reason=None,
        created_at=now,
    )
    try:
        await run_in_threadpool(services.database.transact, lambda c: destinations.add(c, made))
    except IntegrityError:
        raise _name_taken() from None
    return DestinationMade(destination=_view(made, now), secret=secret.value)


@api.get("", summary="List the destinations")
async def list_destinations(services: ServicesDep) -> DestinationList:
    """Every destination, never with its secrets."""

    def read() -> list[Destination]:
        with services.database.read() as connection:
            return destinations.listed(connection)

    now = services.now()
    return DestinationList(destinations=tuple(_view(each, now) for each in await run_in_threadpool(read)))


@api.get("/{destination_id}", summary="Read a destination", responses=problems(NotFound))
async def get_destination(destination_id: str, services: ServicesDep) -> DestinationView:
    """One destination, never with its secrets."""

    def read() -> Destination:
        with services.database.read() as connection:
            return _found(destinations.get(connection, destination_id))

    return _view(await run_in_threadpool(read), services.now())


@api.patch(
    "/{destination_id}", summary="Change a destination", responses=problems(NotFound, Conflict, Invalid)
)
async def change_destination(
    destination_id: str, change: DestinationChange, services: ServicesDep
) -> DestinationView:
    """Change the name, the URL or the events, or pause and resume. Messages that wait go to the new URL."""
    if change.url is not None:
        _check_url(services, change.url)
    said = change.model_dump(exclude_none=True, exclude={"events"})
    if change.events is not None:
        said["events"] = tuple(sorted(change.events))
    if change.active:
        said["disabled_reason"] = None
    changed = await run_in_threadpool(_change, services, destination_id, lambda old: replace(old, **said))
    return _view(changed, services.now())


@api.post(
    "/{destination_id}/rotate",
    summary="Give a destination a new secret",
    responses=problems(NotFound, Conflict),
)
async def rotate_destination(
    destination_id: str, rotation: SecretRotation, services: ServicesDep, response: Response
) -> DestinationMade:
    """Make a new secret, shown this once. Until the overlap ends messages carry a signature of each."""
    response.headers["Cache-Control"] = "no-store"
    now = services.now()
    fresh = new_secret(now)
    until = now + timedelta(hours=rotation.overlap_hours)

    def turn(old: Destination) -> Destination:
        if len(in_force(old.secrets, now)) >= _MOST_SECRETS:
            raise Conflict(f"The destination has {_MOST_SECRETS} secrets in force; wait until one ends")
        return replace(old, secrets=tuple(rotated(old.secrets, fresh, until)))

    changed = await run_in_threadpool(_change, services, destination_id, turn)
    return DestinationMade(destination=_view(changed, now), secret=fresh.value)


@api.post("/{destination_id}/replay", summary="Send what was given up again", responses=problems(NotFound))
async def replay_destination(destination_id: str, services: ServicesDep) -> Replayed:
    """Send every message again that this destination did not take in ten attempts, with the same ids."""
    now = services.now()

    def work(connection: Connection) -> int:
        _found(destinations.get(connection, destination_id))
        return outbox.replay_dead(connection, destination_id, now)

    replayed = await run_in_threadpool(services.database.transact, work)
    services.bell.ring()
    return Replayed(replayed=replayed)


@api.delete(
    "/{destination_id}", status_code=204, summary="Delete a destination", responses=problems(NotFound)
)
async def delete_destination(destination_id: str, services: ServicesDep) -> None:
    """Send nothing more to a destination and forget its secrets. What was delivered stays on record."""
    now = services.now()

    def work(connection: Connection) -> None:
        _found(destinations.get(connection, destination_id, lock=True))
        destinations.delete(connection, destination_id, now)

    await run_in_threadpool(services.database.transact, work)


def _change(
    services: Services, destination_id: str, change: Callable[[Destination], Destination]
) -> Destination:
    def work(connection: Connection) -> Destination:
        changed = change(_found(destinations.get(connection, destination_id, lock=True)))
        destinations.save(connection, changed)
        return changed

    try:
        changed = services.database.transact(work)
    except IntegrityError:
        raise _name_taken() from None
    services.bell.ring()
    return changed


def _check_url(services: Services, url: str) -> None:
    try:
        check_target(url, services.settings.delivery_allow)
    except BadTarget as bad:
        error = FieldError(pointer="#/url", detail=str(bad))
        raise Invalid("Nothing can be delivered to this URL", errors=[error]) from None


def _name_taken() -> Conflict:
    return Conflict("There is a destination with this name already")


def _found(destination: Destination | None) -> Destination:
    if destination is None:
        raise NotFound("There is no destination with this id")
    return destination


def _view(destination: Destination, now: datetime) -> DestinationView:
    return DestinationView(
        id=destination.id,
        name=destination.name,
        url=destination.url,
        events=destination.events,
        active=destination.active,
        disabled_reason=destination.disabled_reason,
        secrets=shown(destination.secrets, now),
        created_at=destination.created_at,
    )
