"""Measures of the account-based program: each number with its definition, its comparison and its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.views import answer, cursor, position
from service.auth import Scope
from service.db.decisions import Position
from service.db.program import settings as stored
from service.http.limits import Work
from service.http.problems import problems
from service.measures import listing, naming, table
from service.measures.answering import answered
from service.measures.asking import DIMENSIONS, ORDER, SHOWN, Answer, Asked, Unanswerable
from service.measures.core.definitions import MEASURES, Definition, definition
from service.measures.listing import MeasureRow, listed
from service.problems import FieldError, Invalid, NotFound
from service.program.core import quarters
from service.program.core.settings import ProgramSettings
from service.records.fields import Moment
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["program"], prefix="/v1/program/measures")

MOST_LINES, MOST_ROWS = 1000, 100_000
Found = TypeVar("Found")
Format = StrEnum("Format", ["json", "csv"])
MeasureName = Annotated[str, Path(max_length=40, description=f"One of {', '.join(MEASURES)}.")]
FormatQuery = Annotated[Format, Query(alias="format", description="`csv` for a file.")]
_Only = Annotated[
    str | None, Query(max_length=255, description="Only rows with this value; empty: with none.")
]
_SEPARATOR = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Every measure with its definition, and what figures can be grouped by."""

    measures: Sequence[Definition]
    dimensions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowList:
    """Rows that a number is made of, the newest first. ``next_cursor`` is None on the last page."""

    definition: Definition
    rows: Sequence[MeasureRow]
    next_cursor: str | None


_ANSWER, _ROWS, _DEFINITIONS = TypeAdapter(Answer), TypeAdapter(RowList), TypeAdapter(Definitions)
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


async def only(
    request: Request,
    tier: Annotated[
        str | None,
        Query(
            max_length=16,
            description="Only rows of accounts in this tier; `program`: in any; empty: in none.",
        ),
    ] = None,
    account: _Only = None,
    segment: _Only = None,
    rep: _Only = None,
    campaign: _Only = None,
    play: _Only = None,
    quarter: Annotated[
        str | None, Query(max_length=16, description="Such as FY2027-Q1; without `since` it is the period.")
    ] = None,
    month: Annotated[str | None, Query(max_length=7, description="Such as 2026-03.")] = None,
) -> dict[str, str | None]:
    """The dimensions that were given a value; an empty one is no value."""
    given = request.query_params
    return {name: given[name] or None for name in DIMENSIONS if name in given}


async def wanted(
    services: ServicesDep,
    narrow: Annotated[dict[str, str | None], Depends(only)],
    since: Annotated[
        Moment | None, Query(description="From this time on; the beginning of the quarter unless said.")
    ] = None,
    until: Annotated[
        Moment | None, Query(description="Up to this time; the end of the quarter unless said.")
    ] = None,
) -> Asked:
    """The period and the values that are asked for. Raises Invalid."""

    def read() -> ProgramSettings:
        with services.database.read() as connection:
            return stored.current(connection)

    settings = await run_in_threadpool(read)
    return period(settings, narrow, since, until, services.now())


def period(
    settings: ProgramSettings,
    narrow: dict[str, str | None],
    since: datetime | None,
    until: datetime | None,
    now: datetime,
) -> Asked:
    """What is asked; the quarter that is named, else the current one, where no period is. Raises Invalid."""
    if since is None and until is None and narrow.get("quarter"):
        named = quarters.named(settings, narrow["quarter"] or "")
        if named is None:
            raise _wrong("quarter", "is no quarter; write it as FY2027-Q1")
        rest = {name: value for name, value in narrow.items() if name != "quarter"}
        return Asked(since=named.starts, until=named.ends, only=rest)
    current = quarters.current(settings, now)
    start, end = since or current.starts, until or (now if since else current.ends)
    if start >= end:
        raise _wrong("since", "must be before until")
    return Asked(since=start, until=end, only=narrow)


@api.get(
    "",
    response_model=Answer,
    summary="Read the measures of the program",
    operation_id="getMeasures",
    dependencies=[require(Scope.READ)],
    responses={**problems(Invalid), **_FILE},
)
@heavy(Work.READ)
async def get_measures(
    services: ServicesDep,
    asked: Annotated[Asked, Depends(wanted)],
    group_by: Annotated[
        str,
        Query(max_length=200, description=f"Up to three of {', '.join(DIMENSIONS)}, with commas between."),
    ] = "",
    measures: Annotated[
        str, Query(max_length=400, description="Names of measures, with commas between; all unless said.")
    ] = "",
    compare: Annotated[
        bool, Query(description="With what the same accounts brought before, and others outside.")
    ] = True,
    order: Annotated[
        str, Query(max_length=40, description="The largest groups by this measure first.")
    ] = ORDER,
    limit: Annotated[
        int, Query(ge=1, le=MOST_LINES, description="Groups to show; the others are added up.")
    ] = SHOWN,
    form: FormatQuery = Format.json,
) -> Response:
    """Figures in groups. Each comes with its definition, and leads to the rows that it is made of.

    Groups and the one without a value come to the total, to the cent. `against` sets the accounts of a group,
    while they were in the program, against themselves before and against accounts like them outside.
    """
    said = Asked(
        since=asked.since,
        until=asked.until,
        only=asked.only,
        by=_names(group_by),
        measures=_names(measures) or tuple(MEASURES),
        compare=compare,
        order=order,
        limit=limit,
    )

    def read(connection: Connection, now: datetime) -> Response:
        found = answered(connection, said, now)
        if form is Format.csv:
            return _file("".join(table.as_csv(found, naming.called(connection, found))), "measures")
        return answer(_ANSWER, found)

    return await _read(services, read)


@api.get(
    "/definitions",
    response_model=Definitions,
    summary="Read what each measure means",
    operation_id="listMeasureDefinitions",
    dependencies=[require(Scope.READ)],
)
async def list_definitions(services: ServicesDep) -> Response:
    """What counts, by which date and rate, to whom it is attributed, and what is left out."""

    def read(connection: Connection, _: datetime) -> Definitions:
        window = stored.current(connection).measures.attribution_days
        return Definitions(
            measures=[definition(each, window) for each in MEASURES.values()], dimensions=dict(DIMENSIONS)
        )

    return answer(_DEFINITIONS, await _read(services, read))


@api.get(
    "/{measure}/rows",
    response_model=RowList,
    summary="List the rows that a measure is made of",
    operation_id="listMeasureRows",
    dependencies=[require(Scope.READ)],
    responses={**problems(Invalid, NotFound), **_FILE},
)
@heavy(Work.READ)
async def list_rows(
    measure: MeasureName,
    services: ServicesDep,
    asked: Annotated[Asked, Depends(wanted)],
    after: Annotated[
        str | None, Query(alias="cursor", max_length=1000, description="`next_cursor` of the last page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    form: FormatQuery = Format.json,
) -> Response:
    """The opportunities, contacts, meetings or roles, the newest first, each with what it adds."""
    if measure not in MEASURES:
        raise NotFound(f"There is no such measure; there are {', '.join(MEASURES)}")
    said = Asked(since=asked.since, until=asked.until, only=asked.only, measures=(measure,))
    if form is Format.csv:
        rows = await _read(services, lambda c, now: list(listing.every(c, said, now, MOST_ROWS)))
        return _file("".join(listing.as_csv(iter(rows))), measure)
    place = place_of(after)

    def read(connection: Connection, now: datetime) -> RowList:
        found = listed(connection, said, now, after=place, limit=limit)
        window = stored.current(connection).measures.attribution_days
        return RowList(
            definition=definition(MEASURES[measure], window),
            rows=found.rows,
            next_cursor=cursor_of(found.more),
        )

    return answer(_ROWS, await _read(services, read))


def place_of(said: str | None) -> tuple[datetime, str, str] | None:
    """The place in a list of rows that a cursor stands for. Raises Invalid."""
    found = position(said)
    if found is None:
        return None
    name, _, campaign = found.id.rpartition(_SEPARATOR)
    return found.at, name, campaign


def cursor_of(place: tuple[datetime, str, str] | None) -> str | None:
    """The cursor of a place, opaque to callers."""
    return None if place is None else cursor(Position(at=place[0], id=f"{place[1]}{_SEPARATOR}{place[2]}"))


async def _read(services: Services, work: Callable[[Connection, datetime], Found]) -> Found:
    def read() -> Found:
        with services.database.read() as connection:
            return work(connection, services.now())

    try:
        return await run_in_threadpool(read)
    except Unanswerable as wrong:
        raise _wrong(wrong.parameter, str(wrong)) from None


def _names(said: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in said.split(",") if name.strip()))


def _file(body: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(body, media_type="text/csv", headers=headers)


def _wrong(parameter: str, detail: str) -> Invalid:
    return Invalid("The measures cannot be told", errors=[FieldError(parameter=parameter, detail=detail)])
