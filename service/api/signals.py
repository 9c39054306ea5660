"""Signals of intent and engagement: sent in bulk, listed, and put on accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy, takes_many
from service.api.program_actor import Editor, parts_of
from service.api.resource import BulkResult, bulk_body, store_many
from service.api.views import answer, cursor, position
from service.auth import Scope
from service.db.decisions import Position
from service.db.engagement import signals as db
from service.db.engagement.signals import Signal, Wanted
from service.engagement import taking
from service.engagement.records import SignalRecord
from service.engagement.unplaced import Tried, Unplaced
from service.http.limits import Work
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound, TooLarge, UnsupportedMediaType
from service.records.contacts import Identifier
from service.records.fields import Moment
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["signals"], prefix="/v1/signals")

Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the last page.")]
Limit = Annotated[int, Query(ge=1, le=500)]
Text = Annotated[str | None, Query(max_length=330)]


class PlaceIn(BaseModel):
    """Whose a signal is."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account: Identifier
    alike: bool = Field(
        default=True,
        description="Also every signal on no account that says the same of its company.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalList:
    """Signals, those that came last first. ``next_cursor`` is None on the last page."""

    signals: Sequence[Signal]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedSignals:
    """Signals on no account, those that came last first, and how many there are."""

    count: int
    signals: Sequence[Signal]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSignals:
    """The signals that are on the account now and were not before."""

    signals: Sequence[Signal]


_MANY = TypeAdapter(SignalList)
_UNPLACED = TypeAdapter(UnplacedSignals)
_PLACED = TypeAdapter(PlacedSignals)
_TRIED = TypeAdapter(Tried)


@api.post(
    "",
    response_model=BulkResult,
    summary="Send up to 1,000 signals",
    operation_id="postSignals",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(Invalid, TooLarge, UnsupportedMediaType),
    openapi_extra=bulk_body(SignalRecord),
)
@heavy(Work.WRITE)
@takes_many
async def post_signals(request: Request, services: ServicesDep) -> Response:
    """Store a list, as JSON or as NDJSON; a bad one stops no other. One that was sent before changes nothing.

    Each is matched to its account; what nothing fits is kept, see `GET /v1/signals/unmatched`.
    """
    found = await store_many(services, SignalRecord, taking.upsert, request)
    services.bell.ring()
    return found


@api.get(
    "",
    response_model=SignalList,
    summary="List signals",
    operation_id="listSignals",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_signals(
    services: ServicesDep,
    account: Text = None,
    kind: Text = None,
    source: Text = None,
    person: Annotated[
        str | None, Query(max_length=330, description="The person's key: `email:...` or `id:...`.")
    ] = None,
    since: Annotated[Moment | None, Query(description="Those that happened then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Those that happened before.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Those that came last first."""
    wanted = Wanted(account=account, kind=kind, source=source, person=person, since=since, until=until)
    found = await _page(services, wanted, cursor, limit)
    return answer(_MANY, SignalList(signals=found[:limit], next_cursor=next_signal(found, limit)))


@api.get(
    "/unmatched",
    response_model=UnplacedSignals,
    summary="List signals that are on no account",
    operation_id="listUnmatchedSignals",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_unmatched(services: ServicesDep, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """With `review` the accounts between which the match cannot choose stand beside it, the likeliest first.

    They are matched again when accounts change, and can be put on an account by a person.
    """
    found = await _page(services, Wanted(unplaced=True), cursor, limit)

    def count() -> int:
        with services.database.read() as connection:
            return db.count_unplaced(connection)

    page = UnplacedSignals(
        count=await run_in_threadpool(count), signals=found[:limit], next_cursor=next_signal(found, limit)
    )
    return answer(_UNPLACED, page)


@api.post(
    "/retry",
    response_model=Tried,
    summary="Match the signals that are on no account again",
    operation_id="retrySignals",
    dependencies=[require(Scope.OPS_EDITOR)],
)
@heavy(Work.WRITE)
async def retry(services: ServicesDep) -> Response:
    """All of them, now; by themselves they are tried again after accounts have changed."""
    tried = await run_in_threadpool(Unplaced(parts_of(services)).retry)
    services.bell.ring()
    return answer(_TRIED, tried)


@api.post(
    "/{signal_id}/place",
    response_model=PlacedSignals,
    summary="Put a signal on an account",
    operation_id="placeSignal",
    responses=problems(NotFound, Invalid),
)
async def place(signal_id: int, body: PlaceIn, services: ServicesDep, caller: Editor) -> Response:
    """Also one that is on another account: it counts there no longer. Again: no change."""
    if not 0 < signal_id < 2**62:
        raise NotFound("There is no signal with this id")
    put = Unplaced(parts_of(services)).put
    moved = await run_in_threadpool(put, signal_id, body.account, caller.name, alike=body.alike)
    services.bell.ring()
    return answer(_PLACED, PlacedSignals(signals=moved))


async def _page(services: Services, wanted: Wanted, cursor: str | None, limit: int) -> list[Signal]:
    before = row_of(cursor)

    def read() -> list[Signal]:
        with services.database.read() as connection:
            return db.page(connection, wanted, before=before, limit=limit + 1)

    return await run_in_threadpool(read)


def row_of(cursor: str | None) -> int | None:
    """The row that a page begins behind. Raises Invalid."""
    place = position(cursor)
    if place is None:
        return None
    if not (place.id.isascii() and place.id.isdecimal() and len(place.id) < 19):
        error = FieldError(parameter="cursor", detail="must be a next_cursor of an earlier answer")
        raise Invalid("The cursor cannot be used", errors=[error])
    return int(place.id)


def next_signal(found: Sequence[Signal], limit: int) -> str | None:
    """The cursor to what is behind the first ``limit``; None when nothing is."""
    last = found[limit - 1] if len(found) > limit else None
    return cursor(Position(at=last.received_at, id=str(last.id))) if last else None
