"""Imports: a file of accounts, reps, opportunities, activities or contacts, stored in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy, takes_files
from service.api.views import answer
from service.auth import Scope
from service.db import imports
from service.db.imports import Error, ImportRun
from service.http.limits import Work
from service.http.problems import problems
from service.imports.dates import Dates
from service.imports.headers import Kind, said_by_hand
from service.imports.kept import MEDIA_TYPES, Kept
from service.imports.reading import Unreadable
from service.imports.rehearsal import Unknown, rehearse
from service.problems import Invalid, Malformed, NotFound, TooLarge, UnsupportedMediaType

api = APIRouter(route_class=Endpoint, tags=["imports"], prefix="/v1/imports")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportList:
    """The newest imports first."""

    imports: Sequence[ImportRun]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What storing the first `rows` rows of a file would do; `whole`: these are all of it.

    `outcomes` counts what would become of them: created, updated, unchanged, refused. `unknown` are names of
    reps and accounts that are not there; they are kept, and hold as soon as what they name comes.
    """

    rows: int
    whole: bool
    outcomes: Mapping[str, int]
    notes: Sequence[str]
    errors: Sequence[Error]
    unknown: Sequence[Unknown]


_ONE = TypeAdapter(ImportRun)
_TRIAL = TypeAdapter(Trial)
_MANY = TypeAdapter(ImportList)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES},
    }
}

_SENDING: dict[str, Any] = {
    "dependencies": [require(Scope.OPS_EDITOR)],
    "responses": problems(Malformed, TooLarge, UnsupportedMediaType),
    "openapi_extra": _BODY,
}
"""What both endpoints that take a file have in common."""


async def _sent(
    request: Request,
    kind: Annotated[Kind, Query(description="What the file holds.")],
    dates: Annotated[
        Dates | None,
        Query(description="How dates with slashes are written, where no day above 12 in their column tells."),
    ] = None,
    column: Annotated[
        list[str] | None,
        Query(
            max_length=500,
            description="A column mapped by hand, `Header=field`, `Header=` to leave it aside; again for"
            " each. For CSV; goes before the headers that are known.",
            examples=[["Owner Name=owner", "Fax="]],
        ),
    ] = None,
) -> Kept:
    """The file of a request, with what is said of it. Raises the problems of `_SENDING`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise UnsupportedMediaType(f"Send the file as {', '.join(MEDIA_TYPES)}")
    body = await request.body()
    if not body.strip():
        raise Malformed("The file is empty")
    try:
        by_hand = said_by_hand(column or ())
    except Unreadable as wrong:
        raise Invalid(str(wrong)) from None
    return Kept(kind=kind, media_type=media_type, body=body, dates=dates, by_hand=by_hand)


Sent = Annotated[Kept, Depends(_sent)]


@api.post(
    "",
    status_code=202,
    response_model=ImportRun,
    summary="Send a file to be stored",
    operation_id="postImport",
    **_SENDING,
)
@takes_files
@heavy(Work.WRITE)
async def post_import(sent: Sent, services: ServicesDep) -> Response:
    """Keep a CSV file (or NDJSON, or a JSON list; gzipped or not) and store its rows in the background.

    The headers of Salesforce, HubSpot and Demandbase exports are recognised. Good rows go in, bad ones are
    listed with their line. A file that is sent twice changes nothing twice.
    """
    said, packed = sent.packed()
    run_id, now = services.new_id(), services.now()
    await run_in_threadpool(
        services.database.transact,
        partial(
            imports.add,
            run_id=run_id,
            kind=sent.kind.value,
            media_type=said,
            body=packed,
            now=now,
        ),
    )
    services.bell.ring()
    return answer(_ONE, await _find(services, run_id), 202, {"Location": f"/v1/imports/{run_id}"})


@api.post(
    "/try",
    response_model=Trial,
    summary="Try to store a file",
    operation_id="tryImport",
    **_SENDING,
)
@takes_files
@heavy(Work.WRITE)
async def try_import(sent: Sent, services: ServicesDep) -> Response:
    """Store the first 2,000 rows of a file as `POST /v1/imports` would, tell what came of them, take it back.

    Nothing stays. `whole` is false where the file has more rows than were tried.
    """
    try:
        found = await run_in_threadpool(rehearse, sent, services.database, services.now)
    except Unreadable as wrong:
        raise Invalid(str(wrong)) from None
    tried = Trial(
        rows=found.rows,
        whole=found.whole,
        outcomes=found.outcomes,
        notes=found.notes,
        errors=[Error(**asdict(each)) for each in found.faults[: imports.MAX_ERRORS]],
        unknown=found.unknown,
    )
    return answer(_TRIAL, tried)


@api.get(
    "",
    response_model=ImportList,
    summary="List imports",
    operation_id="listImports",
    dependencies=[require(Scope.READ)],
)
async def list_imports(services: ServicesDep, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> Response:
    """The newest imports, first the newest."""

    def read() -> list[ImportRun]:
        with services.database.read() as connection:
            return imports.newest(connection, limit)

    return answer(_MANY, ImportList(imports=await run_in_threadpool(read)))


@api.get(
    "/{import_id}",
    response_model=ImportRun,
    summary="See how far an import has come",
    operation_id="getImport",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_import(import_id: str, services: ServicesDep) -> Response:
    """Rows read, stored and refused so far, with the first errors: line, column, what is wrong."""
    return answer(_ONE, await _find(services, import_id))


async def _find(services: ServicesDep, import_id: str) -> ImportRun:
    def read() -> ImportRun | None:
        with services.database.read() as connection:
            return imports.get(connection, import_id)

    found = await run_in_threadpool(read)
    if found is None:
        raise NotFound("There is no import with this id")
    return found
