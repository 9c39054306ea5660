"""Destinations: which systems are told of decisions, and of which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.auth import Scope
from service.db import destinations, outbox
from service.db.destinations import Destination
from service.delivery.http import BadTarget
from service.delivery.kind import Fields, Kind
from service.delivery.kinds import KINDS
from service.delivery.outbox import EventType
from service.delivery.signing import ShownSecret, in_force, new_secret, rotated, shown
from service.http.problems import problems
from service.problems import Conflict, FieldError, Invalid, NotFound
from service.services import Services

api = APIRouter(
    route_class=Endpoint,
    tags=["destinations"],
    prefix="/v1/destinations",
    dependencies=[require(Scope.ADMIN)],
)

_MOST_SECRETS = 5
Name = Annotated[str, Field(min_length=1, max_length=100, examples=["crm"])]
Url = Annotated[str, Field(min_length=1, max_length=2048, examples=["https://hooks.example.com/muster"])]
Events = Annotated[
    frozenset[EventType], Field(description="What it is told of; empty: everything that its kind can tell.")
]
KindName = Literal["webhook", "cloudevents", "salesforce", "hubspot", "slack", "email"]
Settings = Annotated[
    dict[str, JsonValue], Field(description="What its kind lets be set; see docs/destinations.md.")
]
Credentials = Annotated[
    dict[str, str], Field(description="What its kind signs in with. Stored, used, and never shown.")
]
_UNKNOWN = "is not known to this kind of destination; it has: "


class DestinationIn(BaseModel):
    """A destination to be made."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Name
    kind: KindName = "webhook"
    url: Url | None = Field(default=None, description="Needed, except by a kind that knows its own.")
    events: Events = frozenset()
    settings: Settings = {}
    credentials: Credentials = {}


class DestinationChange(BaseModel):
    """What is to change about a destination; what is left out stays.

    ``active`` true also brings back a destination that was disabled.
    ``settings`` and ``credentials`` replace those there are, as a whole.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Name | None = None
    url: Url | None = None
    events: Events | None = None
    settings: Settings | None = None
    credentials: Credentials | None = None
    active: bool | None = Field(default=None, description="False: messages are queued and none is sent.")


class SecretRotation(BaseModel):
    """How a new secret takes over: messages are signed with the old ones too for ``overlap_hours``."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationView:
    """A destination, without its secrets.

    ``disabled_reason`` is set when the destination said that it is gone: then
    nothing is queued for it until it is made active again. Of a URL that is a
    secret itself only the host is shown; of ``credentials`` only which there are.
    """

    id: str
    name: str
    kind: str
    url: str
    settings: Mapping[str, Any]
    credentials: tuple[str, ...]
    events: tuple[str, ...]
    active: bool
    disabled_reason: str | None
    secrets: tuple[ShownSecret, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationMade:
    """A destination with a new secret. The secret is in this answer and nowhere else.

    ``secret`` is null for kinds whose messages are not signed by us.
    """

    destination: DestinationView
    secret: str | None


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
    """Have decisions delivered: to a URL, signed by Standard Webhooks, or as CloudEvents; written to a
    CRM; told to reps. A secret for signatures is shown this once.
    """
    response.headers["Cache-Control"] = "no-store"
    return await run_in_threadpool(make, services, destination)


def make(services: Services, destination: DestinationIn) -> DestinationMade:
    """Store a new destination. Raises Invalid, and Conflict when its name is taken."""
    kind = KINDS[destination.kind]
    url = destination.url or kind.default_url
    if url is None:
        raise _invalid("/url", f"is needed for the kind {kind.name}")
    _check_url(services, kind, url)
    now = services.now()
    secret = new_secret(now) if kind.signed else None
    made = Destination(
        id=services.new_id(),
        name=destination.name,
        kind=kind.name,
        url=url,
        secrets=(secret,) if secret else (),
        events=_events(kind, destination.events),
        settings=_fields("/settings", kind.settings, destination.settings),
        credentials=_fields("/credentials", kind.credentials, destination.credentials),
        active=True,
        disabled_reason=None,
        created_at=now,
    )
    try:
        services.database.transact(lambda connection: destinations.add(connection, made))
    except IntegrityError:
        raise _name_taken() from None
    return DestinationMade(destination=_view(made, now), secret=secret.value if secret else None)


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
    """Change what is sent where, or pause and resume. Messages that wait go to the new URL."""
    return await run_in_threadpool(alter, services, destination_id, change)


def alter(services: Services, destination_id: str, change: DestinationChange) -> DestinationView:
    """Change what ``change`` names about a destination. Raises NotFound, Conflict, Invalid."""
    _, changed = services.database.transact(lambda c: altered(c, services, destination_id, change))
    services.bell.ring()
    return _view(changed, services.now())


def altered(
    connection: Connection, services: Services, destination_id: str, change: DestinationChange
) -> tuple[Destination, Destination]:
    """As `alter`, in a transaction of others: the destination before and after."""

    def turn(old: Destination) -> Destination:
        return replace(old, **_changes(services, KINDS[old.kind], change))

    return _turned(connection, destination_id, turn)


def _changes(services: Services, kind: Kind, change: DestinationChange) -> dict[str, Any]:
    said = change.model_dump(include={"name", "url", "active"}, exclude_none=True)
    if change.url is not None:
        _check_url(services, kind, change.url)
    if change.events is not None:
        said["events"] = _events(kind, change.events)
    if change.settings is not None:
        said["settings"] = _fields("/settings", kind.settings, change.settings)
    if change.credentials is not None:
        said["credentials"] = _fields("/credentials", kind.credentials, change.credentials)
    if change.active:
        said["disabled_reason"] = None
    return said


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
    return await run_in_threadpool(rotate, services, destination_id, rotation)


def rotate(services: Services, destination_id: str, rotation: SecretRotation) -> DestinationMade:
    """Give a destination a new secret. Raises NotFound, Conflict."""
    now = services.now()
    fresh = new_secret(now)
    until = now + timedelta(hours=rotation.overlap_hours)

    def turn(old: Destination) -> Destination:
        if not KINDS[old.kind].signed:
            raise Conflict("Messages of this kind are not signed by us; change its credentials instead")
        if len(in_force(old.secrets, now)) >= _MOST_SECRETS:
            raise Conflict(f"The destination has {_MOST_SECRETS} secrets in force; wait until one ends")
        return replace(old, secrets=tuple(rotated(old.secrets, fresh, until)))

    _, changed = services.database.transact(lambda c: _turned(c, destination_id, turn))
    services.bell.ring()
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


def _turned(
    connection: Connection, destination_id: str, turn: Callable[[Destination], Destination]
) -> tuple[Destination, Destination]:
    before = _found(destinations.get(connection, destination_id, lock=True))
    after = turn(before)
    try:
        destinations.save(connection, after)
    except IntegrityError:
        raise _name_taken() from None
    return before, after


def _check_url(services: Services, kind: Kind, url: str) -> None:
    try:
        kind.check_url(url, services.settings.delivery_allow)
    except BadTarget as bad:
        error = FieldError(pointer="#/url", detail=str(bad))
        raise Invalid("Nothing can be delivered to this URL", errors=[error]) from None


def _events(kind: Kind, wanted: frozenset[EventType]) -> tuple[str, ...]:
    """What a destination of a kind is told of: what was asked for, or all that the kind can tell."""
    if kind.events is None:
        return tuple(sorted(wanted))
    if beyond := sorted(wanted - kind.events):
        may = ", ".join(sorted(kind.events))
        raise _invalid("/events", f"{', '.join(beyond)}: the kind {kind.name} tells of {may}")
    return tuple(sorted(wanted or kind.events))


def _fields(place: str, model: type[Fields], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, checked and with what it left out, as it is stored. Raises Invalid."""
    try:
        made = model.model_validate(given)
    except ValidationError as wrong:
        errors = [_complaint(place, model, each) for each in wrong.errors()]
        raise Invalid("The destination cannot be used like this", errors=errors) from None
    found = {name: getattr(made, name) for name in type(made).model_fields}
    plain = {n: v.get_secret_value() if isinstance(v, SecretStr) else v for n, v in found.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _complaint(place: str, model: type[Fields], error: Any) -> FieldError:
    pointer = "#" + "/".join((place, *map(str, error["loc"])))
    if error["type"] == "extra_forbidden":
        return FieldError(pointer=pointer, detail=_UNKNOWN + (", ".join(model.model_fields) or "none"))
    return FieldError(pointer=pointer, detail=str(error["msg"]).removeprefix("Value error, "))


def _invalid(place: str, detail: str) -> Invalid:
    error = FieldError(pointer="#" + place, detail=detail)
    return Invalid("The destination cannot be used like this", errors=[error])


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
        kind=destination.kind,
        url=shown_url(destination),
        settings=destination.settings,
        credentials=tuple(sorted(destination.credentials)),
        events=destination.events,
        active=destination.active,
        disabled_reason=destination.disabled_reason,
        secrets=shown(destination.secrets, now),
        created_at=destination.created_at,
    )


def shown_url(destination: Destination) -> str:
    """The URL, or its host alone where whoever knows it may post to it."""
    if not KINDS[destination.kind].url_is_secret:
        return destination.url
    scheme, _, rest = destination.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/..."
