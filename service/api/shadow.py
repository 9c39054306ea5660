"""The shadow: deciding beside another system without putting anybody to work, and what differs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy, takes_many
from service.api.rulebook_draft import reading
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import shadow
from service.db.shadow import DISAGREEMENTS, Beside, Mode, Verdict
from service.http.limits import Work
from service.http.problems import problems
from service.problems import FieldError, Invalid
from service.rulebook.beside import ShadowReport, report

api = APIRouter(route_class=Endpoint, tags=["shadow"], prefix="/v1/shadow")

Approver = Annotated[Caller, require(Scope.OPS_APPROVER)]
Days = Annotated[int, Query(ge=1, le=3660)]
Source = Annotated[str, Field(min_length=1, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=255)]


class ModeIn(BaseModel):
    """Whose contacts are only recorded, and where they carry the other system's owner."""

    model_config = ConfigDict(extra="forbid")

    sources: frozenset[Source] | None = Field(
        default=None, min_length=1, description="The contacts' `source`s; null: every contact."
    )
    owner_field: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="The custom field of a contact that names its owner in the other system.",
        examples=["hubspot_owner_id"],
    )


class OwnerIn(BaseModel):
    """Whom the other system gave a contact to: a rep's id or e-mail."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    contact: Name = Field(description="The contact's external id.")
    owner: Name


class OwnersIn(BaseModel):
    """What the other system decided."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    owners: list[OwnerIn] = Field(min_length=1, max_length=1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeView:
    """Whether contacts are decided in the shadow; ``mode`` says whose."""

    on: bool
    mode: Mode | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersView:
    """How many of the owners were for contacts that were decided in the shadow."""

    received: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BesidePage:
    """Contacts with both owners, the newest decision first. ``next_cursor`` is None on the last page."""

    contacts: Sequence[Beside]
    next_cursor: str | None


_MODE = TypeAdapter(ModeView)
_OWNERS = TypeAdapter(OwnersView)
_REPORT = TypeAdapter(ShadowReport)
_PAGE = TypeAdapter(BesidePage)


@api.get(
    "",
    response_model=ModeView,
    summary="Read whether contacts are decided in the shadow",
    operation_id="getShadow",
    dependencies=[require(Scope.READ)],
)
async def get_shadow(services: ServicesDep) -> Response:
    """Whose contacts are recorded without putting anybody to work, since when, and who said so."""
    found = await reading(services, shadow.mode)
    return answer(_MODE, ModeView(on=found is not None, mode=found))


@api.put(
    "",
    response_model=ModeView,
    summary="Decide contacts in the shadow",
    operation_id="putShadow",
    responses=problems(Invalid),
)
async def put_shadow(wanted: ModeIn, services: ServicesDep, approver: Approver) -> Response:
    """From the next decision on, record what the rules say of these contacts and put nobody to work.

    No assignment starts, no turn is used, nothing is delivered. Work that
    somebody has already goes on.
    """
    mode = Mode(
        sources=wanted.sources, owner_field=wanted.owner_field, since=services.now(), author=approver.name
    )
    await run_in_threadpool(services.database.transact, lambda c: shadow.switch(c, mode))
    return answer(_MODE, ModeView(on=True, mode=mode))


@api.delete(
    "",
    response_model=ModeView,
    summary="Decide every contact for real",
    operation_id="deleteShadow",
    dependencies=[require(Scope.OPS_APPROVER)],
)
async def delete_shadow(services: ServicesDep) -> Response:
    """From the next decision on, put reps to work. What was recorded stays as it is."""
    await run_in_threadpool(services.database.transact, lambda c: shadow.switch(c, None))
    return answer(_MODE, ModeView(on=False, mode=None))


@api.post(
    "/owners",
    response_model=OwnersView,
    summary="Report the other system's owners",
    operation_id="reportShadowOwners",
    dependencies=[require(Scope.INTAKE)],
    responses=problems(Invalid),
)
@takes_many
@heavy(Work.WRITE)
async def post_owners(given: OwnersIn, services: ServicesDep) -> Response:
    """Say whom the other system gave contacts to, where that is known only after they were decided here."""
    owners = {each.contact: each.owner for each in given.owners}
    found = await run_in_threadpool(services.database.transact, lambda c: shadow.report_owners(c, owners))
    return answer(_OWNERS, OwnersView(received=len(owners), found=found))


@api.get(
    "/report",
    response_model=ShadowReport,
    summary="Compare the rules with the other system",
    operation_id="reportShadow",
    dependencies=[require(Scope.READ)],
)
async def get_report(services: ServicesDep, days: Days = 30) -> Response:
    """How many contacts would have gone to the same rep, by rule and by day; `rate`: that would not."""
    since = services.now() - timedelta(days=days)
    return answer(_REPORT, await reading(services, lambda c: report(c, since)))


@api.get(
    "/disagreements",
    response_model=BesidePage,
    summary="List contacts whose two owners differ",
    operation_id="listShadowDisagreements",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_disagreements(
    services: ServicesDep,
    rule: Annotated[str | None, Query(max_length=128, description="Decided by this rule.")] = None,
    verdict: Annotated[Verdict | None, Query(description="Compared so; else: that disagree.")] = None,
    days: Days = 30,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Each contact with both owners, the rule, and the decision, whose explanation says why."""
    since = services.now() - timedelta(days=days)
    after = place(cursor)
    wanted = DISAGREEMENTS if verdict is None else (verdict,)

    def read(connection: Connection) -> BesidePage:
        found = shadow.page(connection, since, wanted, rule=rule, after=after, limit=limit + 1)
        shown = found[:limit]
        more = cursor_of(shown[-1]) if len(found) > limit else None
        return BesidePage(contacts=shown, next_cursor=more)

    return answer(_PAGE, await reading(services, read))


def cursor_of(last: Beside) -> str:
    """Where a page ended, for the next one."""
    return base64.urlsafe_b64encode(f"{last.at.isoformat()} {last.contact_row}".encode()).decode()


def place(cursor: str | None) -> tuple[datetime, int] | None:
    """Where the page before ended. Raises Invalid."""
    if cursor is None:
        return None
    try:
        at, _, row = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is not None:
            return moment, int(row)
    except ValueError:
        pass
    error = FieldError(parameter="cursor", detail="must be a next_cursor of an earlier answer")
    raise Invalid("The cursor cannot be used", errors=[error])
