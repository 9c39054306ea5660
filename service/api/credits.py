"""Credit: who has it for what, and every row that made it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import answer
from service.auth import Scope
from service.db import credit
from service.db.credit import Filter, Line, Total
from service.records.fields import Moment

api = APIRouter(route_class=Endpoint, tags=["credits"], prefix="/v1/credits")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPage:
    """Rows in the order in which they were written. ``next_cursor`` is None on the last page."""

    credits: Sequence[Line]
    next_cursor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTotals:
    """What each rep has of each kind."""

    totals: Sequence[Total]


_PAGE = TypeAdapter(CreditPage)
_TOTALS = TypeAdapter(CreditTotals)


async def wanted(
    rep: Annotated[str | None, Query(max_length=255)] = None,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    decision_id: Annotated[str | None, Query(max_length=40)] = None,
    since: Annotated[Moment | None, Query(description="Written at or after this time.")] = None,
    until: Annotated[Moment | None, Query(description="Written before this time.")] = None,
) -> Filter:
    """Which rows are asked for."""
    return Filter(rep=rep, kind=kind, decision_id=decision_id, since=since, until=until)


@api.get(
    "",
    response_model=CreditPage,
    summary="List credit, row by row",
    operation_id="listCredits",
    dependencies=[require(Scope.READ)],
)
async def list_credits(
    services: ServicesDep,
    which: Annotated[Filter, Depends(wanted)],
    cursor: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """What was earned, passed on, taken back and awarded. A negative share was taken back."""

    def read() -> list[Line]:
        with services.database.read() as connection:
            return credit.page(connection, which, cursor, limit + 1)

    found = await run_in_threadpool(read)
    shown = found[:limit]
    more = shown[-1].id if len(found) > limit else None
    return answer(_PAGE, CreditPage(credits=shown, next_cursor=more))


@api.get(
    "/totals",
    response_model=CreditTotals,
    summary="Add credit up for each rep",
    operation_id="totalCredits",
    dependencies=[require(Scope.READ)],
)
async def total_credits(services: ServicesDep, which: Annotated[Filter, Depends(wanted)]) -> Response:
    """What each rep has of each kind, of the rows asked for; 1 is all of the credit for one contact."""

    def read() -> CreditTotals:
        with services.database.read() as connection:
            return CreditTotals(totals=credit.totals(connection, which))

    return answer(_TOTALS, await run_in_threadpool(read))
