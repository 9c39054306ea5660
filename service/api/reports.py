"""Reports: figures in groups, each with its definition and the list it leads to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.zones import ZONES
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.views import answer
from service.auth import Scope
from service.http.limits import Work
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound
from service.records.fields import Moment
from service.reports.answering import PATH, Answer, Asked, CountedPage, answered, as_csv, figures, listed
from service.reports.period import DEFAULT, Period
from service.reports.register import REPORTS
from service.reports.report import Report, UnknownName, dimension
from service.reports.report import measure as measure_of
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["reports"], prefix=PATH)

Format = StrEnum("Format", ["json", "csv"])
Found = TypeVar("Found")

_ANSWER = TypeAdapter(Answer)
_LIST = TypeAdapter(CountedPage)
_NAMES = ", ".join(f"`{name}`" for name in REPORTS)
_DIMENSIONS = sorted({each.name for report in REPORTS.values() for each in report.dimensions})

ReportName = Annotated[str, Path(description=f"One of {_NAMES}.", max_length=40)]
_Only = Annotated[
    str | None,
    Query(
        max_length=255, description="Only facts with this value, where the report has it; empty: with none."
    ),
]


async def only(
    request: Request,
    clock: _Only = None,
    conflict: _Only = None,
    day: _Only = None,
    hour: _Only = None,
    kind: _Only = None,
    pool: _Only = None,
    rep: _Only = None,
    rule: _Only = None,
    source: _Only = None,
    tier: _Only = None,
    weekday: _Only = None,
) -> dict[str, str | None]:
    """The dimensions that were given a value; an empty one is no value."""
    given = request.query_params
    return {name: given[name] or None for name in _DIMENSIONS if name in given}


async def wanted(
    report: ReportName,
    services: ServicesDep,
    narrow: Annotated[dict[str, str | None], Depends(only)],
    since: Annotated[Moment | None, Query(description="From this time on; 30 days before `until`.")] = None,
    until: Annotated[Moment | None, Query(description="Up to this time; now.")] = None,
    zone: Annotated[str, Query(max_length=64, description="IANA zone of hours and days.")] = "UTC",
    group_by: Annotated[
        str, Query(max_length=200, description="Dimensions, separated by commas: `pool,hour`.")
    ] = "",
) -> Asked:
    """The report that is asked for. Raises NotFound, Invalid."""
    found = REPORTS.get(report)
    if found is None:
        raise NotFound(f"There is no such report; there are {', '.join(REPORTS)}")
    if zone not in ZONES:
        raise _wrong("zone", "is no IANA time zone; write a name such as Europe/Berlin")
    end = until if until is not None else await run_in_threadpool(services.clock)
    start = since or end - DEFAULT
    if start >= end:
        raise _wrong("since", "must be before until")
    by = tuple(dict.fromkeys(name.strip() for name in group_by.split(",") if name.strip()))
    for name in by:
        _demand("group_by", dimension, found, name)
    for name in narrow:
        _demand(name, dimension, found, name)
    return Asked(report=found, period=Period(since=start, until=end, zone=zone), by=by, only=narrow)


@api.get(
    "/{report}",
    response_model=Answer,
    summary="Read a report",
    operation_id="getReport",
    dependencies=[require(Scope.READ)],
    responses={
        **problems(Invalid, NotFound),
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
    },
)
@heavy(Work.READ)
async def get_report(
    services: ServicesDep,
    asked: Annotated[Asked, Depends(wanted)],
    form: Annotated[
        Format, Query(alias="format", description="`csv`: one line for each group.")
    ] = Format.json,
) -> Response:
    """Figures of a period in groups. Each has one definition, and the address of the list of what it counts.

    Percentiles are exact: the nearest rank, so always a value that occurred.
    """
    if form is Format.csv:
        table = await _read(services, lambda connection, now: figures(connection, asked, now))
        body = "".join(as_csv(asked, table))
        name = f'attachment; filename="{asked.report.name}.csv"'
        return Response(body, media_type="text/csv", headers={"Content-Disposition": name})
    return answer(_ANSWER, await _read(services, lambda connection, now: answered(connection, asked, now)))


@api.get(
    "/{report}/list",
    response_model=CountedPage,
    summary="List what a figure of a report counts",
    operation_id="listReportFacts",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid, NotFound),
)
@heavy(Work.READ)
async def list_report_facts(
    services: ServicesDep,
    asked: Annotated[Asked, Depends(wanted)],
    measure: Annotated[str, Query(max_length=64, description="The name of the figure.")],
    cursor: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The decisions and assignments behind one figure, with the report's period and values, newest first."""

    _demand("measure", measure_of, asked.report, measure)

    def read(connection: Connection, now: datetime) -> CountedPage:
        return listed(connection, asked, measure, now, after=cursor, limit=limit)

    return answer(_LIST, await _read(services, read))


async def _read(services: Services, work: Callable[[Connection, datetime], Found]) -> Found:
    def read() -> Found:
        with services.database.read() as connection:
            return work(connection, services.clock())

    return await run_in_threadpool(read)


def _demand(parameter: str, find: Callable[[Report, str], object], report: Report, name: str) -> None:
    """Raise Invalid unless the report has what a parameter names."""
    try:
        find(report, name)
    except UnknownName as unknown:
        raise _wrong(parameter, f"has a name that is not there: {unknown}") from None


def _wrong(parameter: str, detail: str) -> Any:
    return Invalid("The report cannot be made", errors=[FieldError(parameter=parameter, detail=detail)])
