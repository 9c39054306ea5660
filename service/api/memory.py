"""What people answered about uncertain matches, and undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.memory import LONGEST
from matching.names import parse
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import memory
from service.db.memory import Answer, Filter, Memory
from service.http.problems import problems
from service.problems import NotFound
from service.stewardship.reviews import Reviews

api = APIRouter(route_class=Endpoint, tags=["memory"], prefix="/v1/memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPage:
    """Answers, newest first. ``next_before`` is None on the last page."""

    memories: Sequence[Memory]
    next_before: int | None


_ONE = TypeAdapter(Memory)
_PAGE = TypeAdapter(MemoryPage)


@api.get(
    "",
    response_model=MemoryPage,
    summary="List what people answered about matches",
    operation_id="listMemory",
    dependencies=[require(Scope.READ)],
)
async def list_memory(
    services: ServicesDep,
    company: Annotated[str | None, Query(max_length=256, description="With or without legal form.")] = None,
    domain: Annotated[str | None, Query(max_length=253)] = None,
    account: Annotated[str | None, Query(max_length=255, description="The account's external id.")] = None,
    said: Annotated[Answer | None, Query(description="`new_account` lists accounts to be created.")] = None,
    standing: Annotated[bool | None, Query(description="Only those that count, or only undone ones.")] = None,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="The last page's `next_before`.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Each answer with the company name and domain it counts for, by whom, when, and on which decision."""
    wanted = Filter(
        name=_core(company),
        domain=domain.lower() if domain is not None else None,
        account_id=account,
        answer=said,
        standing=standing,
    )

    def read() -> MemoryPage:
        with services.database.read() as connection:
            found = memory.page(connection, wanted, before, limit + 1)
        more = found[limit - 1].id if len(found) > limit else None
        return MemoryPage(memories=found[:limit], next_before=more)

    return answer(_PAGE, await run_in_threadpool(read))


@api.delete(
    "/{memory_id}",
    response_model=Memory,
    summary="Undo an answer about a match",
    operation_id="undoMemory",
    responses=problems(NotFound),
)
async def undo_memory(
    memory_id: Annotated[int, Path(ge=0, le=2**62)],
    services: ServicesDep,
    caller: Annotated[Caller, require(Scope.OPS_EDITOR)],
) -> Response:
    """The answer no longer counts from the next match on; it stays in the list, with who undid it and when.

    Contacts decided by it keep their decision until their next event or a re-match, see `/v1/rematch`.
    """
    reviews = Reviews(services.database, services.flow, services.now)
    return answer(_ONE, await run_in_threadpool(reviews.forget, memory_id, caller.name))


def _core(company: str | None) -> str | None:
    """A company name as it is remembered: without its legal form."""
    if company is None:
        return None
    names = parse(company)
    return names[0].core[:LONGEST] if names else ""
