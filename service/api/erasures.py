"""Personal data: exported and erased by e-mail address. Only an admin may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.auth import Caller, Scope
from service.db import erasures
from service.db.erasures import Erasure
from service.http.limits import Work
from service.http.problems import problems
from service.privacy.erase import Eraser
from service.privacy.export import export
from service.problems import NotFound
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["personal data"], prefix="/v1/erasures")
Admin = Annotated[Caller, require(Scope.ADMIN)]


class PersonalData(BaseModel):
    """Whose data: the e-mail address of a contact. In the body, so that no log of addresses has it."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=3, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureList:
    """Every erasure, the newest first; none says whose data it was."""

    erasures: tuple[Erasure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Everything that is stored about somebody: rows by table. Empty when there is nothing."""

    data: dict[str, list[dict[str, Any]]]


def eraser_of(services: Services) -> Eraser:
    """What erases in this deployment."""
    return Eraser(database=services.database, now=services.now, new_id=services.new_id)


@api.post("", status_code=201, summary="Erase somebody's data")
@heavy(Work.READ)
async def erase(person: PersonalData, services: ServicesDep, caller: Admin) -> Erasure:
    """Erase everything about a contact by their e-mail address, for good; `erased` counts the rows by table.

    What was decided stays, without what says whom it was about. Events of the
    same address or external id that come later are not taken in, until the erasure is lifted.
    """
    return await run_in_threadpool(eraser_of(services).erase, person.email, caller.name)


@api.post("/export", summary="Export somebody's data", dependencies=[require(Scope.ADMIN)])
@heavy(Work.READ)
async def export_data(person: PersonalData, services: ServicesDep) -> Export:
    """Everything that is stored about a contact, by their e-mail address, to hand to them."""
    return Export(data=await run_in_threadpool(export, services.database, person.email))


@api.get("", summary="List the erasures", dependencies=[require(Scope.ADMIN)])
async def list_erasures(services: ServicesDep) -> ErasureList:
    """When data was erased, by whom, and how much; never whose."""

    def read() -> tuple[Erasure, ...]:
        with services.database.read() as connection:
            return erasures.listed(connection)

    return ErasureList(erasures=await run_in_threadpool(read))


@api.post("/{erasure_id}/lift", summary="Take somebody in again", responses=problems(NotFound))
async def lift_erasure(erasure_id: str, services: ServicesDep, caller: Admin) -> Erasure:
    """Take in events of the address again, from now on. What was erased does not come back."""
    lift = partial(erasures.lift, erasure_id=erasure_id, by=caller.name, now=services.now())
    found = await run_in_threadpool(services.database.transact, lift)
    if found is None:
        raise NotFound("There is no erasure with this id")
    return found
