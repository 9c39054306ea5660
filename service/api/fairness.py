"""Fairness over all pools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.people import RepId
from routing.types.pools import PoolName
from routing.zones import ZONES
from service import spreadsheet
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.views import answer
from service.auth import Scope
from service.db import pools
from service.http.limits import Work
from service.http.problems import problems
from service.problems import FieldError, Invalid
from service.records.fields import Moment
from service.reports.answering import PATH
from service.reports.fairness import Each, FairnessReport, ends_of, read
from service.reports.period import DEFAULT, Period

api = APIRouter(route_class=Endpoint, tags=["reports"], prefix=PATH)

_REPORT = TypeAdapter(FairnessReport)
_Names = Annotated[list[str] | None, Query(max_length=200)]


@api.get(
    "/fairness",
    response_model=FairnessReport,
    summary="Set expected against actual share of each rep, over all pools",
    operation_id="getFairnessReport",
    dependencies=[require(Scope.READ)],
    responses={**problems(Invalid), 200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
@heavy(Work.READ)
async def get_fairness_report(
    services: ServicesDep,
    since: Annotated[Moment | None, Query(description="From this time on; 30 days before `until`.")] = None,
    until: Annotated[Moment | None, Query(description="Up to this time; now.")] = None,
    zone: Annotated[str, Query(max_length=64, description="IANA zone of days, weeks and months.")] = "UTC",
    each: Annotated[Each | None, Query(description="Split the time; else it is one.")] = None,
    pool: Annotated[_Names, Query(description="Only these pools.")] = None,
    rep: Annotated[_Names, Query(description="Only these reps.")] = None,
    form: Annotated[
        str, Query(alias="format", pattern="^(json|csv)$", description="`csv` for a file.")
    ] = "json",
) -> Response:
    """For each pool, and for each rep over all pools: turns drawn and expected, each gap explained."""
    if zone not in ZONES:
        raise _wrong("zone", "is no IANA time zone; write a name such as Europe/Berlin")

    def work() -> FairnessReport:
        end = until if until is not None else services.clock()
        period = Period(since=since or end - DEFAULT, until=end, zone=zone)
        if period.since >= period.until:
            raise _wrong("since", "must be before until")
        try:
            ends = ends_of(period, each)
        except ValueError as error:
            raise _wrong("each", str(error)) from None
        with services.database.read() as connection:
            return read(
                connection, _states(connection, pool), period, ends, [RepId(each) for each in rep or ()]
            )

    report = await run_in_threadpool(work)
    return _csv(report) if form == "csv" else answer(_REPORT, report)


def _states(connection: Connection, names: Sequence[str] | None) -> Iterable[Any]:
    every = {state.name: state for state in pools.every(connection)}
    if names is None:
        return every.values()
    if any(PoolName(name) not in every for name in names):
        known = ", ".join(list(every)[:20])
        raise _wrong("pool", f"names no pool; there are {known}" if known else "names no pool: there is none")
    return [every[PoolName(name)] for name in dict.fromkeys(names)]


def _csv(report: FairnessReport) -> Response:
    """A line for each part of each member's gap; a member without any has one line."""
    names = ("pool", "since", "until", "rep", "turns", "expected", "gap", "reason", "of_gap", "times")
    lines = [spreadsheet.line(names)]
    for part in report.pools:
        for member in part.members:
            same = [part.pool, _plain(part.since), _plain(part.until), member.rep]
            figures = [member.turns, member.expected, member.gap]
            gaps = [(gap.reason, gap.turns, gap.times) for gap in member.gaps] or [("", 0.0, 0)]
            lines += [spreadsheet.line((*same, *figures, *gap)) for gap in gaps]
    headers = {"Content-Disposition": 'attachment; filename="fairness.csv"'}
    return Response("".join(lines), media_type="text/csv", headers=headers)


def _plain(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _wrong(parameter: str, detail: str) -> Invalid:
    return Invalid("The report cannot be made", errors=[FieldError(parameter=parameter, detail=detail)])
