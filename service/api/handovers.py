"""Hand-overs: a rep leaves, goes on leave or moves; previewed, then done, and undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.people import RepId
from service import spreadsheet
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.revision import IfMatch, seen, tagged
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import handovers as db
from service.handover.handovers import Handovers
from service.handover.plan import Action, Count, Handover, Item, ItemKind, ItemState, State
from service.handover.request import HandoverRequest, Kind
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Conflict, Invalid, NotFound, RevisionNeeded, Stale
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["handovers"], prefix="/v1/handovers")

Editor = Annotated[Caller, require(Scope.OPS_EDITOR)]
Form = StrEnum("Form", ["json", "csv"])

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverView:
    """A hand-over, with how many things are alike: what they are, how they stand, what becomes of them."""

    id: str
    state: State
    rep: RepId
    kind: Kind
    reason: str
    digest: str
    made_by: str
    made_at: datetime
    applied_by: str | None
    applied_at: datetime | None
    ended_at: datetime | None
    returns_at: datetime | None
    undone_by: str | None
    undone_at: datetime | None
    counts: Sequence[Count]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverList:
    """Hand-overs, the newest first."""

    handovers: Sequence[HandoverView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One thing. ``note`` says why it was left alone; ``until`` when a loan or a holdover ends."""

    kind: ItemKind
    ref: str
    label: str | None
    role: str | None
    status: str
    action: Action
    to: RepId | None
    until: datetime | None
    state: ItemState
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Things in the order in which they pass. ``next_cursor`` is None on the last page."""

    items: Sequence[ItemView]
    next_cursor: int | None


_GOING_ON: dict[str, Any] = {"model": HandoverView, "description": "It goes on after this answer."}
_ONE = TypeAdapter(HandoverView)
_MANY = TypeAdapter(HandoverList)
_ITEMS = TypeAdapter(ItemPage)
_COLUMNS = ("kind", "ref", "label", "role", "status", "action", "to", "until", "state", "note")


@api.post(
    "",
    response_model=HandoverView,
    status_code=201,
    summary="Plan a hand-over",
    operation_id="planHandover",
    responses=problems(Invalid),
)
@heavy(Work.WRITE)
async def plan_handover(body: HandoverRequest, services: ServicesDep, caller: Editor) -> Response:
    """Show what would pass, and to whom, when a rep leaves, goes on leave or moves. Nothing changes.

    The answer counts what is alike; the list is at `/items`. `ETag` is what applying it may be based on.
    """
    made = await run_in_threadpool(_all_of(services).plan, body, caller.name)
    return await _shown(services, made, 201)


@api.get(
    "",
    response_model=HandoverList,
    summary="List hand-overs",
    operation_id="listHandovers",
    dependencies=[require(Scope.READ)],
)
async def list_handovers(
    services: ServicesDep,
    rep: Annotated[str | None, Query(max_length=255, description="Of this rep.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Response:
    """The newest first, plans included."""

    def read() -> HandoverList:
        with services.database.read() as connection:
            found = db.newest(connection, rep, limit)
            return HandoverList(handovers=[_view(each, db.counts(connection, each.id)) for each in found])

    return answer(_MANY, await run_in_threadpool(read))


@api.get(
    "/{handover_id}",
    response_model=HandoverView,
    summary="Read a hand-over",
    operation_id="getHandover",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_handover(handover_id: str, services: ServicesDep) -> Response:
    """How far it has come: the counts of what is planned, done, skipped and undone."""
    return await _shown(services, await run_in_threadpool(_all_of(services).get, handover_id))


@api.get(
    "/{handover_id}/items",
    response_model=ItemPage,
    summary="List what passes in a hand-over",
    operation_id="listHandoverItems",
    dependencies=[require(Scope.READ)],
    responses={
        **problems(NotFound),
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
    },
)
async def list_handover_items(
    handover_id: str,
    services: ServicesDep,
    state: Annotated[ItemState | None, Query(description="Only those that stand so.")] = None,
    form: Annotated[Form, Query(alias="format", description="`csv`: all of them in one file.")] = Form.json,
    cursor: Annotated[int, Query(ge=-1, le=10**9)] = -1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Each thing with its status, what becomes of it, who gets it, and what was done so far."""
    states = tuple(ItemState) if state is None else (state,)
    await run_in_threadpool(_all_of(services).get, handover_id)

    def read(after: int, most: int) -> list[Item]:
        with services.database.read() as connection:
            return db.in_state(connection, handover_id, states, after=after, limit=most)

    if form is Form.csv:
        text = await run_in_threadpool(lambda: "".join(_csv(_every(read))))
        name = f'attachment; filename="handover-{handover_id}.csv"'
        return Response(text, media_type="text/csv", headers={"Content-Disposition": name})
    found = await run_in_threadpool(read, cursor, limit + 1)
    shown = found[:limit]
    more = shown[-1].place if len(found) > limit else None
    return answer(_ITEMS, ItemPage(items=[_item(each) for each in shown], next_cursor=more))


@api.post(
    "/{handover_id}/apply",
    response_model=HandoverView,
    summary="Do what was planned",
    operation_id="applyHandover",
    responses={
        **problems(NotFound, Conflict, RevisionNeeded, Stale),
        202: _GOING_ON,
    },
)
@heavy(Work.WRITE)
async def apply_handover(
    handover_id: str, services: ServicesDep, caller: Editor, if_match: IfMatch = None
) -> Response:
    """Let things pass. When the world is not as the plan saw it, nothing is done, and 412 says what changed.

    A large hand-over goes on after the answer, which is 202 then. Applying twice is applying once.
    """
    revision = seen(if_match) if if_match is not None else None
    found = await run_in_threadpool(_all_of(services).apply, handover_id, caller.name, revision)
    services.bell.ring()
    return await _shown(services, found, 202 if found.state in db.AT_WORK else 200)


@api.post(
    "/{handover_id}/undo",
    response_model=HandoverView,
    summary="Put back what was handed over",
    operation_id="undoHandover",
    responses={**problems(NotFound, Conflict), 202: _GOING_ON},
)
@heavy(Work.WRITE)
async def undo_handover(handover_id: str, services: ServicesDep, caller: Editor) -> Response:
    """Put everything back, if nobody has touched any of it since; otherwise 409 says what was touched."""
    found = await run_in_threadpool(_all_of(services).undo, handover_id, caller.name)
    services.bell.ring()
    return await _shown(services, found, 202 if found.state in db.AT_WORK else 200)


def _all_of(services: Services) -> Handovers:
    return Handovers(
        services.database, services.flow, services.desk, clock=services.clock, new_id=services.new_id
    )


async def _shown(services: Services, found: Handover, status: int = 200) -> Response:
    def read() -> HandoverView:
        with services.database.read() as connection:
            return _view(found, db.counts(connection, found.id))

    return answer(_ONE, await run_in_threadpool(read), status, tagged(found.digest))


def _view(found: Handover, counts: Sequence[Count]) -> HandoverView:
    return HandoverView(
        id=found.id,
        state=found.state,
        rep=RepId(found.request.rep),
        kind=found.request.kind,
        reason=found.request.reason,
        digest=found.digest,
        made_by=found.made_by,
        made_at=found.made_at,
        applied_by=found.applied_by,
        applied_at=found.applied_at,
        ended_at=found.ended_at,
        returns_at=found.returns_at,
        undone_by=found.undone_by,
        undone_at=found.undone_at,
        counts=counts,
    )


def _item(item: Item) -> ItemView:
    draft = item.draft
    return ItemView(
        kind=draft.kind,
        ref=draft.ref,
        label=draft.label,
        role=draft.role,
        status=draft.status,
        action=draft.action,
        to=draft.to,
        until=draft.until,
        state=item.state,
        note=item.note,
    )


def _every(read: Any) -> Iterator[ItemView]:
    after = -1
    while page := read(after, _PAGE):
        yield from map(_item, page)
        after = page[-1].place


def _csv(items: Iterable[ItemView]) -> Iterator[str]:
    yield spreadsheet.line(_COLUMNS)
    for item in items:
        cells = [getattr(item, name) for name in _COLUMNS]
        yield spreadsheet.line(cell.isoformat() if isinstance(cell, datetime) else cell for cell in cells)
