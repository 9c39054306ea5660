"""The turns of a pool: its ledger, how fair it was, who is next, and what a person puts right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.rotation.fairness import Fairness
from routing.types.people import RepId
from routing.types.pools import PoolName, PoolState, TurnReturn
from routing.types.rotation import EntryKind
from service import spreadsheet
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import ledger, pools
from service.db.ledger import Line
from service.http.problems import problems
from service.pools import asking, turns
from service.pools.asking import Next
from service.problems import Conflict, Invalid, NotFound
from service.records.contacts import Identifier
from service.records.fields import Moment
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["pools"])

T = TypeVar("T")
Format = StrEnum("Format", ["json", "csv"])
Name = Annotated[str, Path(max_length=128, description="The pool's name.")]
Editor = Annotated[Caller, require(Scope.OPS_EDITOR)]
Since = Annotated[Moment | None, Query(description="From this time on.")]
Until = Annotated[Moment | None, Query(description="Up to this time.")]
Form = Annotated[Format, Query(alias="format", description="`csv` for a file.")]
Note = Annotated[str, Field(min_length=1, max_length=400)]

DEFAULT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """Entries, newest first. ``next_before`` is None on the last page."""

    entries: Sequence[Line]
    next_before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessView:
    """How fair a pool was in a time, half-open. The parts of each gap add up to it."""

    pool: PoolName
    since: datetime
    until: datetime
    report: Fairness


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """The next draws if nothing else changes; the last one has no rep when nobody is available."""

    pool: PoolName
    draws: Sequence[Next]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """Whether a turn was given back, and the entry of the ledger that did."""

    given_back: bool
    entry: Line | None


class GiveBackIn(BaseModel):
    """Which turn should not count, and why."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    turn: int = Field(ge=1, le=2**62, description="The turn's number; a decision has it under routing.move.")
    code: TurnReturn = Field(strict=False, description="The pool says for which reasons it gives turns back.")
    note: Note | None = None


class CorrectIn(BaseModel):
    """Turns that count as taken, or (below 0) that a rep is owed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    rep: Identifier
    turns: int = Field(ge=-10_000, le=10_000, description="1 skips a turn, -1 grants one.")
    note: Note


class ResetIn(BaseModel):
    """Why all members start from zero."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    note: Note


_LEDGER = TypeAdapter(LedgerPage)
_FAIRNESS = TypeAdapter(FairnessView)
_PREVIEW = TypeAdapter(PreviewView)
_GIVEN = TypeAdapter(GivenBack)
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@api.get(
    "/v1/pools/{name:path}/ledger",
    response_model=LedgerPage,
    summary="List what changed the turns of a pool",
    operation_id="listTurns",
    dependencies=[require(Scope.READ)],
    responses={**problems(NotFound, Invalid), **_FILE},
)
async def list_turns(
    name: Name,
    services: ServicesDep,
    rep: Annotated[str | None, Query(max_length=255, description="Of this rep.")] = None,
    kind: Annotated[list[EntryKind] | None, Query(description="Of these kinds.")] = None,
    since: Since = None,
    until: Until = None,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="The last page's `next_before`.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    form: Form = Format.json,
) -> Response:
    """Every draw with who was passed over and why, and every turn missed, given back or corrected."""

    def read(connection: Connection, state: PoolState) -> list[Line]:
        return ledger.page(
            connection,
            state.name,
            before=before,
            limit=limit + 1,
            rep=RepId(rep) if rep else None,
            kinds=kind or (),
            since=since,
            until=until,
        )

    lines = await _of_pool(services, name, read)
    if form is Format.csv:
        return _csv(map(_ledger_row, lines[:limit]))
    more = lines[limit - 1].id if len(lines) > limit else None
    return answer(_LEDGER, LedgerPage(entries=lines[:limit], next_before=more))


@api.get(
    "/v1/pools/{name:path}/fairness",
    response_model=FairnessView,
    summary="Set expected against actual turns of each rep",
    operation_id="getFairness",
    dependencies=[require(Scope.READ)],
    responses={**problems(NotFound, Invalid), **_FILE},
)
async def get_fairness(
    name: Name, services: ServicesDep, since: Since = None, until: Until = None, form: Form = Format.json
) -> Response:
    """The last 30 days unless said otherwise. Each gap is explained in parts that add up to it."""

    def read(connection: Connection, state: PoolState) -> FairnessView:
        end = until or services.clock()
        start = since or end - DEFAULT
        report = asking.report(connection, state, start, end)
        return FairnessView(pool=state.name, since=start, until=end, report=report)

    shown = await _of_pool(services, name, read)
    return _csv(_fairness_rows(shown.report)) if form is Format.csv else answer(_FAIRNESS, shown)


@api.get(
    "/v1/pools/{name:path}/preview",
    response_model=PreviewView,
    summary="Say who is next, and why",
    operation_id="previewTurns",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound, Invalid),
)
async def preview_turns(
    name: Name,
    services: ServicesDep,
    draws: Annotated[int, Query(ge=1, le=100, description="How many draws ahead.")] = 5,
) -> Response:
    """Nothing is drawn. What a contact itself asks for (language, who had it before) is left out."""
    found = await _of_pool(
        services, name, lambda c, state: asking.preview(c, state.name, services.clock(), draws)
    )
    return answer(_PREVIEW, PreviewView(pool=PoolName(name), draws=found))


@api.post(
    "/v1/pools/{name:path}/give-back",
    response_model=GivenBack,
    summary="Give a turn back",
    operation_id="giveBackTurn",
    responses=problems(NotFound, Invalid),
)
async def give_back(name: Name, body: GiveBackIn, services: ServicesDep, caller: Editor) -> Response:
    """For a no-show, a wrong match: the rep is owed one more turn. Twice is once."""

    def work(connection: Connection) -> Line | None:
        if body.turn > _find(connection, name).turn:
            raise NotFound("The pool has not drawn this turn yet; its ledger has the numbers")
        return turns.give_back(
            connection,
            PoolName(name),
            body.turn,
            body.code,
            note=body.note,
            by=caller.name,
            now=services.clock(),
        )

    entry = await run_in_threadpool(services.database.transact, work)
    return answer(_GIVEN, GivenBack(given_back=entry is not None, entry=entry))


@api.post(
    "/v1/pools/{name:path}/correct",
    status_code=204,
    summary="Correct a rep's turns by hand",
    operation_id="correctTurns",
    responses=problems(NotFound, Conflict, Invalid),
)
async def correct(name: Name, body: CorrectIn, services: ServicesDep, caller: Editor) -> None:
    """Skip turns of a rep, or grant some. It stands in the ledger with the note."""

    def work(connection: Connection) -> None:
        turns.correct(
            connection,
            PoolName(name),
            RepId(body.rep),
            body.turns,
            note=body.note,
            by=caller.name,
            now=services.clock(),
        )

    await run_in_threadpool(services.database.transact, work)


@api.post(
    "/v1/pools/{name:path}/reset",
    status_code=204,
    summary="Let all members start from zero",
    operation_id="resetPool",
    responses=problems(NotFound, Invalid),
)
async def reset(name: Name, body: ResetIn, services: ServicesDep, caller: Editor) -> None:
    """What members were owed or ahead is forgotten; the ledger and the turns drawn stay."""

    def work(connection: Connection) -> None:
        turns.reset(connection, PoolName(name), note=body.note, by=caller.name, now=services.clock())

    await run_in_threadpool(services.database.transact, work)


async def _of_pool(services: Services, name: str, read: Callable[[Connection, PoolState], T]) -> T:
    """What ``read`` finds out about a pool. Raises NotFound."""

    def work() -> T:
        with services.database.read() as connection:
            return read(connection, _find(connection, name))

    return await run_in_threadpool(work)


def _find(connection: Connection, name: str) -> PoolState:
    state = pools.get(connection, name)
    if state is None:
        raise NotFound("There is no pool with this name")
    return state


def _ledger_row(entry: Line) -> dict[str, Any]:
    passed = "; ".join(f"{reason}: {', '.join(reps)}" for reason, reps in sorted(entry.skipped.items()))
    return asdict(entry) | {"at": entry.at.isoformat(), "skipped": passed}


def _fairness_rows(report: Fairness) -> Iterable[dict[str, Any]]:
    """One row for each part of a gap; a member without any has one row."""
    for member in report.members:
        same = {"rep": member.rep, "turns": member.turns, "expected": member.expected, "gap": member.gap}
        for gap in member.gaps:
            yield same | {"reason": gap.reason, "of_gap": gap.turns, "times": gap.times}
        if not member.gaps:
            yield same | {"reason": "", "of_gap": 0.0, "times": 0}


def _csv(rows: Iterable[dict[str, Any]]) -> Response:
    every = list(rows)
    cells = [every[0] if every else ["nothing"], *(row.values() for row in every)]
    return Response("".join(map(spreadsheet.line, cells)), media_type="text/csv; charset=utf-8")
