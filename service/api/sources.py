"""Sources: which systems may post contacts, how they prove who they are, how their bodies are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from matching.types import Contact
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.auth import Scope
from service.db import inbox, sources
from service.db.inbox import Entry, State
from service.db.sources import Source
from service.delivery.signing import Secret, ShownSecret, in_force, key_of, new_secret, rotated, shown
from service.http.problems import problems
from service.intake.crm.settings import CrmSettings
from service.intake.mapping import BadItem, FieldMapping, Mapped, Note
from service.intake.reading import Ignored, Reader, called
from service.intake.sources import KINDS
from service.problems import Conflict, FieldError, Invalid, NotFound
from service.services import Services

api = APIRouter(
    route_class=Endpoint, tags=["sources"], prefix="/v1/sources", dependencies=[require(Scope.OPS_EDITOR)]
)

_MOST_SECRETS = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be up to 64 small letters, digits, - and _, e.g. website-forms")
    return text


def _header(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise ValueError("must be the name of an HTTP header, e.g. X-Webhook-Token")
    return text


Name = Annotated[str, AfterValidator(_name), Field(examples=["website-forms"])]
Header = Annotated[str, AfterValidator(_header), Field(examples=["X-Webhook-Token"])]
OwnSecret = Annotated[str, Field(min_length=16, max_length=200, pattern=r"^[!-~]+$")]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @field_validator("mapping", check_fields=False)
    @classmethod
    def _readable(cls, mapping: dict[str, Any] | None) -> dict[str, Any] | None:
        if mapping is not None:
            try:
                FieldMapping.model_validate(mapping)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(step) for step in first["loc"][:2])
                message = str(first["msg"]).removeprefix("Value error, ")
                raise ValueError(f"{where}: {message}" if where else message) from None
        return mapping


class SourceIn(_Settings):
    """A source to be made.

    ``kind`` says which system it is; each proves itself in its own way, see
    docs/sources. With ``token_header`` the sender puts the secret into that
    header as it is. ``secret`` is for senders that dictate theirs; otherwise
    one is made. ``mapping`` is all there is for kind generic, and stands above
    what is usual for the others.
    """

    name: Name
    kind: str = Field(default="generic", description=f"One of {', '.join(sorted(KINDS))}.")
    token_header: Header | None = None
    mapping: dict[str, Any] = Field(
        default_factory=dict,
        description="Contact field to the path of its value, or to `{path, default}`."
        " Empty: bodies are in our own contact format.",
        examples=[{"email": "person.email", "company": {"path": "org.name"}, "event_id": "meta.id"}],
    )
    secret: OwnSecret | None = None
    crm: CrmSettings | None = Field(
        default=None, description="Where to get the records that the source's events only name."
    )

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"must be one of {', '.join(sorted(KINDS))}")
        return kind

    @model_validator(mode="after")
    def _signs(self) -> SourceIn:
        if self.secret is not None and self.token_header is None and not KINDS[self.kind].own_secret:
            key_of(self.secret)
        return self


class SourceChange(_Settings):
    """What is to change about a source; what is left out stays."""

    mapping: dict[str, Any] | None = None
    active: bool | None = Field(default=None, description="False: what comes in is kept and waits.")
    crm: CrmSettings | None = Field(default=None, description="Replaces the former one.")


class Rotation(_Settings):
    """How a new secret takes over: the old ones are accepted for ``overlap_hours`` more."""

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24
    secret: OwnSecret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source, without its secrets. ``path`` is where it posts to."""

    name: str
    kind: str
    path: str
    token_header: str | None
    mapping: dict[str, Any]
    active: bool
    crm: str | None  # which CRM its records are got from
    secrets: tuple[ShownSecret, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMade:
    """A source with a new secret. The secret is in this answer and nowhere else."""

    source: SourceView
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceList:
    """Every source, by name."""

    sources: tuple[SourceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item that a source sent: its body as received, and what became of it."""

    id: int
    key: str
    state: State
    received_at: datetime
    attempts: int
    notes: tuple[dict[str, str], ...]
    problem: str | None
    decision_id: str | None
    body: str
    record: str | None  # what the CRM had of it


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Items, newest first. ``next_before`` is None on the last page."""

    items: tuple[ItemView, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """How many items will be decided after all."""

    retried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewItem:
    """What an item would become: a contact, something else that is kept, or a problem.

    ``meaning``: contact, account, signal, activity, needed (its record must be got
    first), ignored, or problem.
    """

    meaning: str
    contact: Contact | None
    event_id: str | None
    notes: tuple[Note, ...]
    problem: str | None


@api.post("", status_code=201, summary="Make a source", responses=problems(Conflict))
async def create_source(source: SourceIn, services: ServicesDep, response: Response) -> SourceMade:
    """Let a system post contacts to `/v1/webhooks/{name}`. Its secret is shown this once."""
    response.headers["Cache-Control"] = "no-store"
    return await run_in_threadpool(make, services, source)


def make(services: Services, source: SourceIn) -> SourceMade:
    """Store a new source. Raises Conflict when its name is taken."""
    now = services.now()
    secret = Secret(value=source.secret, created_at=now) if source.secret else new_secret(now)
    made = Source(
        name=source.name,
        kind=source.kind,
        secrets=(secret,),
        token_header=source.token_header,
        mapping=source.mapping,
        active=True,
        created_at=now,
        updated_at=now,
        crm=source.crm.stored() if source.crm else None,
    )
    try:
        services.database.transact(lambda connection: sources.add(connection, made))
    except IntegrityError:
        raise Conflict("There is a source with this name already") from None
    return SourceMade(source=_view(made, now), secret=secret.value)


@api.get("", summary="List the sources")
async def list_sources(services: ServicesDep) -> SourceList:
    """Every source with its mapping, never with its secrets."""

    def read() -> list[Source]:
        with services.database.read() as connection:
            return sources.listed(connection)

    now = services.now()
    return SourceList(sources=tuple(_view(source, now) for source in await run_in_threadpool(read)))


@api.get("/{name}", summary="Read a source", responses=problems(NotFound))
async def get_source(name: str, services: ServicesDep) -> SourceView:
    """One source with its mapping, never with its secrets."""
    return _view(await run_in_threadpool(_read, services, name), services.now())


@api.patch("/{name}", summary="Change a source", responses=problems(NotFound, Invalid))
async def change_source(name: str, change: SourceChange, services: ServicesDep) -> SourceView:
    """Change the mapping, or pause and resume. Items that wait are read by the new mapping."""
    return await run_in_threadpool(alter, services, name, change)


def alter(services: Services, name: str, change: SourceChange) -> SourceView:
    """Change what ``change`` names about a source. Raises NotFound."""
    said = change.model_dump(exclude_none=True, exclude={"crm"})
    if change.crm is not None:
        said["crm"] = change.crm.stored()
    return _view(_change(services, name, lambda old: replace(old, **said)), services.now())


@api.post("/{name}/rotate", summary="Give a source a new secret", responses=problems(NotFound, Conflict))
async def rotate_source(
    name: str, rotation: Rotation, services: ServicesDep, response: Response
) -> SourceMade:
    """Make a new secret, shown this once. The old ones are accepted until the overlap ends."""
    response.headers["Cache-Control"] = "no-store"
    return await run_in_threadpool(rotate, services, name, rotation)


def rotate(services: Services, name: str, rotation: Rotation) -> SourceMade:
    """Give a source a new secret. Raises NotFound, Conflict, Invalid."""
    now = services.now()
    fresh = Secret(value=rotation.secret, created_at=now) if rotation.secret else new_secret(now)
    until = now + timedelta(hours=rotation.overlap_hours)

    def turn(old: Source) -> Source:
        if old.token_header is None and not KINDS[old.kind].own_secret:
            _check_signs(fresh)
        if len(in_force(old.secrets, now)) >= _MOST_SECRETS:
            raise Conflict(f"The source has {_MOST_SECRETS} secrets in force; wait until one ends")
        return replace(old, secrets=tuple(rotated(old.secrets, fresh, until)))

    changed = _change(services, name, turn)
    return SourceMade(source=_view(changed, now), secret=fresh.value)


@api.delete("/{name}", status_code=204, summary="Delete a source", responses=problems(NotFound, Conflict))
async def delete_source(name: str, services: ServicesDep) -> None:
    """Refuse the source's calls from now on. Not while items of it wait; what it sent stays on record."""

    def remove(connection: Connection) -> None:
        _found(sources.get(connection, name, lock=True))
        if waiting := inbox.undecided(connection, name):
            raise Conflict(f"{waiting} items of this source wait to be decided; delete it when they are")
        sources.delete(connection, name)

    await run_in_threadpool(services.database.transact, remove)


@api.get("/{name}/items", summary="What a source sent")
async def list_items(
    name: str,
    services: ServicesDep,
    state: State | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ItemPage:
    """Items with their bodies as received, newest first; `state=quarantined` are those that wait for you."""

    def read() -> list[Entry]:
        with services.database.read() as connection:
            return inbox.page(connection, name, state, before, limit)

    found = await run_in_threadpool(read)
    return ItemPage(
        items=tuple(_item(entry) for entry in found),
        next_before=found[-1].id if len(found) == limit else None,
    )


@api.post("/{name}/items/retry", summary="Retry all quarantined items", responses=problems(NotFound))
async def retry_items(name: str, services: ServicesDep) -> Retried:
    """Have every quarantined item read again by the mapping as it is now, and decided."""
    return await run_in_threadpool(_retry, services, name, None)


@api.post("/{name}/items/{item}/retry", summary="Retry an item", responses=problems(NotFound))
async def retry_item(
    name: str, item: Annotated[int, Field(ge=0, le=2**62)], services: ServicesDep
) -> Retried:
    """Have one item that is quarantined, ignored or in conflict read by the mapping of now, and decided."""
    retried = await run_in_threadpool(_retry, services, name, item)
    if not retried.retried:
        raise NotFound("This source has no item with this id that waits for a person")
    return retried


@api.post("/{name}/preview", summary="Try a body on a source's mapping", responses=problems(NotFound))
async def preview_item(name: str, item: dict[str, Any], services: ServicesDep) -> PreviewItem:
    """What the item would be read as. Nothing is stored."""
    source = await run_in_threadpool(_read, services, name)
    reader = Reader(source)
    event_id = reader.event_id(item)
    try:
        meaning = reader.meaning(item, None, services.now())
    except BadItem as bad:
        return PreviewItem(meaning="problem", contact=None, event_id=event_id, notes=(), problem=str(bad))
    mapped = meaning if isinstance(meaning, Mapped) else None
    return PreviewItem(
        meaning=called(meaning),
        contact=mapped.contact if mapped else None,
        event_id=event_id,
        notes=mapped.notes if mapped else (),
        problem=meaning.reason if isinstance(meaning, Ignored) else None,
    )


def _check_signs(secret: Secret) -> None:
    try:
        key_of(secret.value)
    except ValueError as error:
        field = FieldError(pointer="#/secret", detail=str(error))
        raise Invalid("The secret cannot sign", errors=[field]) from None


def _retry(services: Services, name: str, item: int | None) -> Retried:
    now = services.now()

    def work(connection: Connection) -> int:
        _found(sources.get(connection, name))
        return inbox.retry(connection, name, item, now)

    retried = services.database.transact(work)
    services.bell.ring()
    return Retried(retried=retried)


def _read(services: Services, name: str) -> Source:
    with services.database.read() as connection:
        return _found(sources.get(connection, name))


def _change(services: Services, name: str, change: Callable[[Source], Source]) -> Source:
    now = services.now()

    def work(connection: Connection) -> Source:
        changed = replace(change(_found(sources.get(connection, name, lock=True))), updated_at=now)
        sources.save(connection, changed)
        return changed

    changed = services.database.transact(work)
    services.bell.ring()
    return changed


def _found(source: Source | None) -> Source:
    if source is None:
        raise NotFound("There is no source with this name")
    return source


def _view(source: Source, now: datetime) -> SourceView:
    return SourceView(
        name=source.name,
        kind=source.kind,
        path=f"/v1/webhooks/{source.name}",
        token_header=source.token_header,
        mapping=source.mapping,
        active=source.active,
        crm=source.crm["api"] if source.crm else None,
        secrets=shown(source.secrets, now),
        created_at=source.created_at,
        updated_at=source.updated_at,
    )


def _item(entry: Entry) -> ItemView:
    return ItemView(
        id=entry.id,
        key=entry.dedupe_key,
        state=entry.state,
        received_at=entry.received_at,
        attempts=entry.attempts,
        notes=entry.notes,
        problem=entry.problem,
        decision_id=entry.decision_id,
        body=entry.body.decode(),
        record=entry.record.decode() if entry.record else None,
    )
