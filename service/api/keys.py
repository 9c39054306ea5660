"""API keys: made, listed, revoked. Only an admin may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.auth import Caller, Scope
from service.db.keys import ApiKey
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound

api = APIRouter(route_class=Endpoint, tags=["keys"], prefix="/v1/keys", dependencies=[require(Scope.ADMIN)])


_NOBODY = "is nobody's id; `GET /v1/people` lists them"


class KeyIn(BaseModel):
    """A key to be made: what it is called and what it may do."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["web form"])]
    scopes: Annotated[frozenset[Scope], Field(min_length=1, examples=[["intake"]])]
    expires_at: Annotated[AwareDatetime | None, Field(examples=["2027-01-01T00:00:00Z"])] = None
    person: Annotated[str | None, Field(max_length=40, examples=["p-4f1c2b7d9a60"])] = None


class RotationIn(BaseModel):
    """How long the text before still works, in hours: long enough for every caller to change over."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[float, Field(ge=0, le=24 * 30)] = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated:
    """A key's new text, which is shown this once, and until when the one before works."""

    id: str
    key: str
    previous_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMade:
    """A new key. ``key`` is what callers send; it is shown this once and not kept."""

    id: str
    name: str
    scopes: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    """Every key there ever was, newest first."""

    keys: tuple[ApiKey, ...]


@api.post("", status_code=201, summary="Make an API key")
async def create_key(
    key: KeyIn, services: ServicesDep, caller: Annotated[Caller, require(Scope.ADMIN)], response: Response
) -> KeyMade:
    """Make a key. It is valid at once; its text is in this answer and nowhere else.

    With `person`, it may do what both it and that person may, and what is done
    with it is on record as done by them.
    """
    response.headers["Cache-Control"] = "no-store"
    if key.expires_at is not None and key.expires_at <= services.now():
        raise Invalid(
            "The key would never work", errors=[FieldError(pointer="#/expires_at", detail="is past")]
        )
    if key.person is not None and await run_in_threadpool(services.people.get, key.person) is None:
        raise Invalid("The key cannot be made", errors=[FieldError(pointer="#/person", detail=_NOBODY)])
    make = partial(services.keys.create, expires_at=key.expires_at, person=key.person, created_by=caller.name)
    row, text = await run_in_threadpool(make, key.name, key.scopes)
    return KeyMade(id=row.id, name=row.name, scopes=row.scopes, key=text)


@api.get("", summary="List the API keys")
async def list_keys(services: ServicesDep) -> KeyList:
    """Every key with its scopes and when it was last used, revoked ones too; never its text."""
    return KeyList(keys=await run_in_threadpool(services.keys.listed))


@api.post("/{key_id}/rotate", summary="Give an API key another text", responses=problems(NotFound))
async def rotate_key(
    key_id: str, rotation: RotationIn, services: ServicesDep, response: Response
) -> KeyRotated:
    """Make a new text for a key. The one before works for `overlap_hours` more, 24 by default."""
    response.headers["Cache-Control"] = "no-store"
    overlap = timedelta(hours=rotation.overlap_hours)
    text = await run_in_threadpool(services.keys.rotate, key_id, overlap)
    if text is None:
        raise NotFound("There is no API key in use with this id")
    return KeyRotated(id=key_id, key=text, previous_until=services.now() + overlap)


@api.delete("/{key_id}", status_code=204, summary="Revoke an API key", responses=problems(NotFound))
async def revoke_key(key_id: str, services: ServicesDep) -> None:
    """End a key. From the next request on it is refused everywhere. Again: no change."""
    if not await run_in_threadpool(services.keys.revoke, key_id):
        raise NotFound("There is no API key with this id")
