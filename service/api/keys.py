"""API keys: made, listed, revoked. Only an admin may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.auth import Scope
from service.db.keys import ApiKey
from service.problems import NotFound, problems

api = APIRouter(route_class=Endpoint, tags=["keys"], prefix="/v1/keys", dependencies=[require(Scope.ADMIN)])


class KeyIn(BaseModel):
    """A key to be made: what it is called and what it may do."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["web form"])]
    scopes: Annotated[frozenset[Scope], Field(min_length=1, examples=[["intake"]])]


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
async def create_key(key: KeyIn, services: ServicesDep, response: Response) -> KeyMade:
    """Make a key. It is valid at once; its text is in this answer and nowhere else."""
    response.headers["Cache-Control"] = "no-store"
    row, text = await run_in_threadpool(services.keys.create, key.name, key.scopes)
    return KeyMade(id=row.id, name=row.name, scopes=row.scopes, key=text)


@api.get("", summary="List the API keys")
async def list_keys(services: ServicesDep) -> KeyList:
    """Every key with its scopes and when it was last used, revoked ones too; never its text."""
    return KeyList(keys=await run_in_threadpool(services.keys.listed))


@api.delete("/{key_id}", status_code=204, summary="Revoke an API key", responses=problems(NotFound))
async def revoke_key(key_id: str, services: ServicesDep) -> None:
    """End a key. From the next request on it is refused everywhere. Again: no change."""
    if not await run_in_threadpool(services.keys.revoke, key_id):
        raise NotFound("There is no API key with this id")
