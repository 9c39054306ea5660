"""360 reports on strategic accounts: read now, or made and kept; as values, PDF or CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.account_report import pdf, sheet
from service.account_report.making import AccountReports, Wish
from service.account_report.values import Report
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.program_actor import Editor, Reader, parts_of
from service.api.views import answer, cursor, position
from service.auth import Scope
from service.db.account_reports import stored
from service.db.account_reports.stored import Kept
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Invalid, NotFound
from service.records.contacts import Identifier
from service.records.fields import Moment

api = APIRouter(route_class=Endpoint, tags=["program"], prefix="/v1/program")

Account = Annotated[str, Query(min_length=1, max_length=255, description="The account's external id.")]


class Form(StrEnum):
    """In which form a report is answered."""

    JSON = "json"
    PDF = "pdf"
    CSV = "csv"


FormQuery = Annotated[Form, Query(alias="format", description="`pdf` or `csv` for a file.")]
_FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
        }
    }
}


class ReportIn(BaseModel):
    """A report to be made and kept."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, populate_by_name=True)

    account: Identifier
    since: Moment | None = Field(
        default=None, alias="from", description="What it is about begins then; 13 weeks before unless said."
    )
    until: Moment | None = Field(default=None, description="And ends then; now unless said.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """Reports on an account, the last to be asked for first. ``next_cursor`` is None on the last page."""

    reports: Sequence[Kept]
    next_cursor: str | None


_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
_KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)
_MANY = TypeAdapter(KeptList)
_FILES: dict[Form, tuple[str, Callable[[Report], str | bytes]]] = {
    Form.PDF: ("application/pdf", pdf.printed),
    Form.CSV: ("text/csv", sheet.lines),
}


def in_form(report: Report, form: Form) -> Response:
    """A report as a file to be stored."""
    media_type, write = _FILES[form]
    name = quote(f"360-{report.account}-{report.made_at:%Y-%m-%d}.{form}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(write(report), media_type=media_type, headers=headers)


def _answered(report: Report, form: Form) -> Response:
    return answer(_REPORT, report) if form is Form.JSON else in_form(report, form)


@api.get(
    "/accounts/{account:path}/360",
    response_model=Report,
    summary="Read the 360 report on an account as of now",
    operation_id="getAccountReport",
    responses=problems(NotFound, Invalid) | _FORMS,
)
@heavy(Work.READ)
async def get_now(
    services: ServicesDep,
    caller: Reader,
    account: Annotated[str, Path(max_length=255, description="The account's external id.")],
    since: Annotated[Moment | None, Query(alias="from", description="13 weeks before unless said.")] = None,
    until: Annotated[Moment | None, Query(description="Now unless said.")] = None,
    form: FormQuery = Form.JSON,
) -> Response:
    """Engagement, people, opportunities, campaigns, signals, promises, measures, and what changed.

    Each part by itself; one without valid data is left out, and `absent` says why. Nothing is kept.
    """
    wish = Wish(account=account, since=since, until=until)

    def read() -> Response:
        return _answered(AccountReports(parts_of(services)).now(wish, caller.name), form)

    return await run_in_threadpool(read)


@api.post(
    "/reports",
    response_model=Kept,
    status_code=201,
    summary="Make a 360 report and keep it",
    operation_id="makeAccountReport",
    responses=problems(NotFound, Invalid),
)
@heavy(Work.READ)
async def make(body: ReportIn, services: ServicesDep, caller: Editor) -> Response:
    """The next report on the account says what changed since this one."""
    wish = Wish(account=body.account, since=body.since, until=body.until)
    kept = await run_in_threadpool(AccountReports(parts_of(services)).make, wish, caller.name)
    return answer(_KEPT, kept, 201, {"Location": f"/v1/program/reports/{kept.id}"})


@api.get(
    "/reports",
    response_model=KeptList,
    summary="List the 360 reports on an account",
    operation_id="listAccountReports",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_reports(
    services: ServicesDep,
    account: Account,
    after: Annotated[str | None, Query(alias="cursor", max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The last to be asked for first. One without `made_at` is being made."""
    place = position(after)

    def read() -> KeptList:
        with services.database.read() as connection:
            found = stored.newest(connection, account, after=place, limit=limit + 1)
        more = cursor(found[limit - 1].place) if len(found) > limit else None
        return KeptList(reports=found[:limit], next_cursor=more)

    return answer(_MANY, await run_in_threadpool(read))


@api.get(
    "/reports/{report_id}",
    response_model=Report,
    summary="Read a 360 report that was kept",
    operation_id="getKeptAccountReport",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound) | _FORMS,
)
@heavy(Work.READ)
async def get_kept(report_id: str, services: ServicesDep, form: FormQuery = Form.JSON) -> Response:
    """As it was when it was made; people are called as they are known now."""

    def read() -> Response:
        return _answered(AccountReports(parts_of(services)).read(report_id), form)

    return await run_in_threadpool(read)
