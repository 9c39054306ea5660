"""The hygiene report: what is wrong with the accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.views import answer
from service.auth import Scope
from service.db.hygiene import Listed
from service.http.limits import Work
from service.http.problems import problems
from service.problems import FieldError, Invalid
from service.stewardship import hygiene
from service.stewardship.hygiene import BadCursor, Kind, Why

api = APIRouter(route_class=Endpoint, tags=["reports"], prefix="/v1/reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """Something wrong, and in words. ``accounts`` are the first of ``count``.

    ``figure`` is the number of contacts that back a learned domain, or of unlike
    names on a garbage domain.
    """

    why: Why
    text: str
    domain: str | None
    count: int
    figure: int | None
    accounts: Sequence[Listed]


@dataclass(frozen=True, slots=True, kw_only=True)
class HygienePage:
    """Findings of one kind. ``next_cursor`` is None on the last page, also where a page has few."""

    findings: Sequence[FindingView]
    next_cursor: str | None


_PAGE = TypeAdapter(HygienePage)


@api.get(
    "/hygiene",
    response_model=HygienePage,
    summary="List what is wrong with the accounts",
    operation_id="reportHygiene",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
@heavy(Work.READ)
async def report_hygiene(
    services: ServicesDep,
    kind: Annotated[Kind, Query(description="What to look for.")] = Kind.DUPLICATES,
    cursor: Annotated[str | None, Query(max_length=500, description="The last page's `next_cursor`.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Accounts that may be one company, shared and garbage domains, learned ones, accounts without any."""

    def read() -> hygiene.Page:
        with services.database.read() as connection:
            return hygiene.report(connection, kind, services.flow.policy(connection), cursor, limit)

    try:
        page = await run_in_threadpool(read)
    except BadCursor:
        error = FieldError(parameter="cursor", detail="must be a next_cursor of an answer of this kind")
        raise Invalid("The cursor cannot be used", errors=[error]) from None
    findings = [
        FindingView(
            why=each.why,
            text=hygiene.in_words(each),
            domain=each.domain,
            count=each.count,
            figure=each.figure,
            accounts=each.accounts,
        )
        for each in page.findings
    ]
    return answer(_PAGE, HygienePage(findings=findings, next_cursor=page.next_cursor))
