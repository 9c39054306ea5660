"""The clocks of all assignments: what is due, what is overdue, what was missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.people import RepId
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import ClockState, answer, clock_state
from service.auth import Scope
from service.db import clocks
from service.db.clocks import Filter, State
from service.http.problems import problems
from service.problems import Invalid

api = APIRouter(route_class=Endpoint, tags=["assignments"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPage:
    """Clocks in the order they were started. ``next_after`` is None on the last page."""

    clocks: Sequence[ClockState]
    next_after: int | None


_PAGE = TypeAdapter(ClockPage)


@api.get(
    "/v1/clocks",
    response_model=ClockPage,
    summary="List the clocks of assignments",
    operation_id="listClocks",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_clocks(
    services: ServicesDep,
    state: Annotated[State | None, Query()] = None,
    rep: Annotated[str | None, Query(max_length=255)] = None,
    clock: Annotated[str | None, Query(max_length=64, description="E.g. `first_touch`.")] = None,
    missed: Annotated[bool | None, Query(description="Only those whose time was up, or only others.")] = None,
    due_within: Annotated[
        int | None,
        Query(ge=0, le=525_600, description="Only running ones due in so many minutes; 0: overdue."),
    ] = None,
    after: Annotated[int, Query(ge=0, le=2**62, description="The last page's `next_after`.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """What is due and overdue, and how clocks ended."""
    now = services.now()
    soon = now + timedelta(minutes=due_within) if due_within is not None else None
    wanted = Filter(
        state=State.RUNNING if soon is not None else state,
        rep=RepId(rep) if rep is not None else None,
        name=clock,
        missed=missed,
        due_before=soon,
    )

    def read() -> ClockPage:
        with services.database.read() as connection:
            found = clocks.page(connection, wanted, after, limit + 1)
        more = found[limit - 1].id if len(found) > limit else None
        return ClockPage(clocks=[clock_state(each, now) for each in found[:limit]], next_after=more)

    return answer(_PAGE, await run_in_threadpool(read))
