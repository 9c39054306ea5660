"""The people who sign in: invited, given roles, sent away. Only an admin may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.auth import Caller, Scope
from service.db.persons import Person
from service.http.problems import problems
from service.people.people import Invited
from service.problems import Conflict, NotFound
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["people"], prefix="/v1/people")
Admin = Annotated[Caller, require(Scope.ADMIN)]
Roles = Annotated[frozenset[Scope], Field(min_length=1, examples=[["ops-editor"]])]


class PersonIn(BaseModel):
    """Somebody who may sign in from now on, and what they may do. Roles are the scopes of API keys."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=3, max_length=255, examples=["ana@example.com"])]
    name: Annotated[str | None, Field(min_length=1, max_length=256)] = None
    roles: Roles


class PersonChange(BaseModel):
    """What changes about somebody; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str | None, Field(min_length=1, max_length=256)] = None
    roles: Roles | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonList:
    """Everybody who may sign in or once might, by address."""

    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A person, and the link with which they set a password: once, for a day."""

    person: Person
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """How many sessions were ended."""

    ended: int


def invitation_link(services: Services, text: str) -> str:
    """The address of the page where a password is set."""
    return f"{services.settings.base_url}/console/password?link={text}"


@api.post("", status_code=201, summary="Invite somebody", responses=problems(Conflict))
async def add_person(
    person: PersonIn, services: ServicesDep, caller: Admin, response: Response
) -> Invitation:
    """Let somebody sign in. Give them the link: with it they set their password."""
    response.headers["Cache-Control"] = "no-store"
    add = partial(services.people.add, person.email, person.roles, name=person.name, by=caller.name)
    return _invitation(services, await run_in_threadpool(add))


@api.get("", summary="List the people", dependencies=[require(Scope.ADMIN)])
async def list_people(services: ServicesDep) -> PersonList:
    """Everybody with their roles and when they last signed in."""
    return PersonList(people=await run_in_threadpool(services.people.listed))


@api.get(
    "/{person_id}",
    summary="Read one person",
    dependencies=[require(Scope.ADMIN)],
    responses=problems(NotFound),
)
async def get_person(person_id: str, services: ServicesDep) -> Person:
    """Somebody with their roles and when they last signed in."""
    found = await run_in_threadpool(services.people.get, person_id)
    if found is None:
        raise NotFound("There is nobody with this id")
    return found


@api.patch(
    "/{person_id}",
    summary="Change a person",
    dependencies=[require(Scope.ADMIN)],
    responses=problems(NotFound, Conflict),
)
async def change_person(person_id: str, change: PersonChange, services: ServicesDep) -> Person:
    """Change somebody's name or roles, or whether they may sign in. With other roles their sessions end.

    The last admin stays one.
    """
    changed = partial(services.people.change, name=change.name, roles=change.roles, active=change.active)
    return await run_in_threadpool(changed, person_id)


@api.post(
    "/{person_id}/link",
    status_code=201,
    summary="Make somebody a new link",
    dependencies=[require(Scope.ADMIN)],
    responses=problems(NotFound),
)
async def invite_person(person_id: str, services: ServicesDep, response: Response) -> Invitation:
    """A new link to set a password with; those made before do not work any more."""
    response.headers["Cache-Control"] = "no-store"
    return _invitation(services, await run_in_threadpool(services.people.invite, person_id))


@api.post(
    "/{person_id}/sign-out",
    summary="End somebody's sessions",
    dependencies=[require(Scope.ADMIN)],
    responses=problems(NotFound),
)
async def sign_out_person(person_id: str, services: ServicesDep) -> SignedOut:
    """End every session of somebody, in every browser, at once."""
    return SignedOut(ended=await run_in_threadpool(services.people.sign_out, person_id))


def _invitation(services: Services, made: Invited) -> Invitation:
    return Invitation(person=made.person, link=invitation_link(services, made.text))
