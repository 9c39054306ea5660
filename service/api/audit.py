"""The audit log: who changed what, and what was decided, read with filters and verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.audit import chain
from service.audit.chain import Verified
from service.auth import Scope
from service.db import audit
from service.db.audit import Entry, Wanted
from service.http.limits import Work
from service.problems import Invalid

api = APIRouter(route_class=Endpoint, tags=["audit"], prefix="/v1/audit", dependencies=[require(Scope.ADMIN)])


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Entries, the newest first. ``next`` is the `before` of the next page; null: there is none."""

    entries: tuple[Entry, ...]
    next: int | None


@api.get("", summary="Read the audit log")
async def list_audit(
    services: ServicesDep,
    actor: Annotated[str | None, Query(max_length=255)] = None,
    action: Annotated[str | None, Query(max_length=128)] = None,
    subject: Annotated[str | None, Query(max_length=400)] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    decisions: bool = True,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> EntryPage:
    """Who did what to what, when: every change of the configuration and every decision.

    `seq` and `seal` are an entry's place in the chain; null for the few seconds
    until it is sealed. `decisions=false` leaves the decisions out.
    """
    wanted = Wanted(
        actor=actor,
        actions=None if action is None else (action,),
        subject=subject,
        since=since,
        until=until,
        decisions=decisions,
        before=before,
    )

    def read() -> list[Entry]:
        with services.database.read() as connection:
            return audit.page(connection, wanted, limit + 1)

    found = await run_in_threadpool(read)
    more = len(found) > limit
    return EntryPage(entries=tuple(found[:limit]), next=found[limit - 1].id if more else None)


@api.get("/verification", summary="Verify the audit log")
@heavy(Work.READ)
async def verify_audit(
    services: ServicesDep, anchor: Annotated[str | None, Query(max_length=100)] = None
) -> Verified:
    """Read the whole chain and each decision it tells of; say where anything was changed, taken out or moved.

    `anchor` is an `end` that was noted before, e.g. from the log or by `muster audit head`: it
    shows a database that was put back to an earlier state. Reads everything there is: takes a while.
    """

    def read() -> Verified:
        with services.database.read() as connection:
            return chain.verify(connection, anchor)

    try:
        return await run_in_threadpool(read)
    except ValueError as error:
        raise Invalid(str(error)) from None
