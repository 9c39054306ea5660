"""The resources that mirror the CRM: accounts, reps, pools, opportunities, activities.

All of them are stored by the caller's own id, singly or in bulk, listed, read
and deleted in one way; `routes` gives a resource its endpoints. A record names
what it changes: a field that is left out stays as it is, null clears it.
Storing the same again changes nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy, takes_many
from service.api.views import answer
from service.auth import Scope
from service.db.upserts import InUse, Outcome, Stored
from service.http.body import check_media_type
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Conflict, FieldError, Invalid, NotFound, Problem, TooLarge, UnsupportedMediaType
from service.services import Services
from service.strict_json import Spoilt, parse_line, parse_many
from service.validation import field_errors

T = TypeVar("T")
Upsert = Callable[[Connection, Sequence[Any], datetime], Sequence[Stored]]

_STATUS = {Outcome.CREATED: 201, Outcome.UPDATED: 200, Outcome.UNCHANGED: 200}
_NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")

After = Annotated[
    str | None, Query(alias="cursor", max_length=64, description="`next_cursor` of the last page.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkItem:
    """What became of one record. ``status`` is 201, 200, or that of the ``problem``."""

    external_id: str | None
    status: int
    outcome: Outcome
    problem: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkResult:
    """One item for each record, in the order sent."""

    results: Sequence[BulkItem]


_BULK = TypeAdapter(BulkResult)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of record, and how it is stored and shown.

    ``fields`` is what a body holds when the id is in the address, ``record``
    the same with the id, named ``key``; ``view`` is what is answered and
    ``page`` a list of those under the name ``plural``. ``upsert`` and
    ``remove`` are the repository's; ``read`` gives one view or None, ``rows``
    the row numbers and views from behind a row.
    """

    one: str  # "account"
    plural: str  # "accounts"
    fields: type[BaseModel]
    record: type[BaseModel]
    key: str
    view: Any
    page: Any
    upsert: Upsert
    read: Callable[[Connection, str, datetime], Any]
    rows: Callable[[Connection, int, int, datetime], Sequence[tuple[int, Any]]]
    remove: Callable[[Connection, str], bool]


def routes(resource: Resource) -> APIRouter:
    """The endpoints of a resource, under /v1 and its plural name."""
    api = APIRouter(route_class=Endpoint, tags=[resource.plural], prefix=f"/v1/{resource.plural}")
    one, many = TypeAdapter(resource.view), TypeAdapter(resource.page)
    name, named = resource.one, f"{_article(resource.one)} {resource.one}"
    edit, see = [require(Scope.OPS_EDITOR)], [require(Scope.READ)]
    new: dict[int | str, dict[str, Any]] = {201: {"model": resource.view, "description": "It is new."}}

    async def found(services: Services, identifier: str) -> Any:
        shown = await _run(services, lambda c: resource.read(c, identifier, services.clock()))
        if shown is None:
            raise NotFound(f"There is no {name} with this id")
        return shown

    async def store(services: Services, record: BaseModel) -> Response:
        status = await _store_one(services, resource.upsert, record)
        return answer(one, await found(services, getattr(record, resource.key)), status)

    async def put(identifier: str, fields: Any, services: ServicesDep) -> Response:
        """Store what the body names: a field that is left out stays as it is, null clears it."""
        return await store(services, _identified(resource, identifier, fields))

    async def post(record: Any, services: ServicesDep) -> Response:
        """The same as PUT, with the id in the body."""
        return await store(services, record)

    async def bulk(request: Request, services: ServicesDep) -> Response:
        """Store a list, as JSON or as NDJSON, in one transaction; a bad one stops no other."""
        return await store_many(services, resource.record, resource.upsert, request)

    async def listed(services: ServicesDep, cursor: After = None, limit: Limit = 50) -> Response:
        """In the order they were first stored. `next_cursor` leads to the next page."""
        after = _row_of(cursor)
        rows = await _run(services, lambda c: resource.rows(c, after, limit + 1, services.clock()))
        shown = [each for _, each in rows[:limit]]
        more = _cursor_of([row for row, _ in rows], limit)
        return answer(many, resource.page(**{resource.plural: shown, "next_cursor": more}))

    async def get(identifier: str, services: ServicesDep) -> Response:
        """As it is now."""
        return answer(one, await found(services, identifier))

    async def delete(identifier: str, services: ServicesDep) -> None:
        """Delete it. Decisions that name it stay, with what was known then."""
        try:
            gone = await run_in_threadpool(
                services.database.transact, lambda c: resource.remove(c, identifier)
            )
        except InUse as reason:
            raise Conflict(str(reason)) from None
        if not gone:
            raise NotFound(f"There is no {name} with this id")

    put.__annotations__["fields"] = resource.fields
    post.__annotations__["record"] = resource.record
    title, titles = resource.one.title(), resource.plural.title()
    path = "/{identifier:path}"  # ids are the caller's own and may have slashes
    api.put(
        path,
        response_model=resource.view,
        summary=f"Store {named}",
        operation_id=f"put{title}",
        dependencies=edit,
        responses=new | problems(Invalid),
    )(put)
    api.post(
        "",
        response_model=resource.view,
        summary=f"Store {named} by the id in the body",
        operation_id=f"post{title}",
        dependencies=edit,
        responses=new | problems(Invalid),
    )(post)
    api.post(
        "/bulk",
        response_model=BulkResult,
        summary=f"Store up to 1,000 {resource.plural}",
        operation_id=f"post{titles}",
        dependencies=edit,
        responses=problems(Invalid, TooLarge, UnsupportedMediaType),
        openapi_extra=bulk_body(resource.record),
    )(heavy(Work.WRITE)(takes_many(bulk)))
    api.get(
        "",
        response_model=resource.page,
        summary=f"List {resource.plural}",
        operation_id=f"list{titles}",
        dependencies=see,
        responses=problems(Invalid),
    )(listed)
    api.get(
        path,
        response_model=resource.view,
        summary=f"Read {named}",
        operation_id=f"get{title}",
        dependencies=see,
        responses=problems(NotFound),
    )(get)
    api.delete(
        path,
        status_code=204,
        summary=f"Delete {named}",
        operation_id=f"delete{title}",
        dependencies=edit,
        responses=problems(NotFound, Conflict),
    )(delete)
    return api


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def bulk_body(model: type[BaseModel]) -> dict[str, Any]:
    """The ``openapi_extra`` of an endpoint that takes a list of ``model``, as JSON or line by line."""
    name = f"#/components/schemas/{model.__name__}"
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "array", "items": {"$ref": name}}},
                "application/x-ndjson": {"schema": {"$ref": name}},
            },
        }
    }


async def _run(services: Services, read: Callable[[Connection], T]) -> T:
    """The result of ``read`` over a connection that changes nothing."""

    def work() -> T:
        with services.database.read() as connection:
            return read(connection)

    return await run_in_threadpool(work)


def _identified(resource: Resource, identifier: str, fields: BaseModel) -> BaseModel:
    """The record of a body's fields and the identifier in the address. Raises Invalid."""
    try:
        return resource.record.model_validate(
            {**fields.model_dump(exclude_unset=True), resource.key: identifier}
        )
    except ValidationError as error:
        found = field_errors(error.errors(include_input=False))
        raise Invalid("The request is not valid", errors=found) from None


async def _store_one(services: Services, upsert: Upsert, record: BaseModel) -> int:
    """Store one record; the status to answer with. Raises Invalid when it cannot be stored."""
    stored = await run_in_threadpool(
        services.database.transact, lambda c: upsert(c, [record], services.clock())[0]
    )
    if stored.outcome is Outcome.REFUSED:
        raise _refused(stored)
    return _STATUS[stored.outcome]


async def store_many(
    services: Services, record: type[BaseModel], upsert: Upsert, request: Request
) -> Response:
    """Store the records of a body; one that is wrong gets its own problem and stops no other."""
    items = _items(request, await request.body())
    most = services.settings.max_batch
    if len(items) > most:
        raise TooLarge(f"A bulk write has at most {most} records; send more in several calls, or as a file")
    read = [_read(record, item, place) for place, item in enumerate(items)]
    records = [each for each in read if isinstance(each, BaseModel)]
    stored = iter(
        await run_in_threadpool(services.database.transact, lambda c: upsert(c, records, services.clock()))
    )
    results = [_failed(each) if isinstance(each, Problem) else _item(next(stored)) for each in read]
    return answer(_BULK, BulkResult(results=results))


def _items(request: Request, raw: bytes) -> list[Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _NDJSON:
        return [parse_line(line, at) for at, line in enumerate(filter(bytes.strip, raw.splitlines()))]
    try:
        check_media_type(request)
    except UnsupportedMediaType as problem:
        raise UnsupportedMediaType(f"{problem.detail}, or as application/x-ndjson") from None
    items = parse_many(raw, None)
    if not isinstance(items, list):
        raise Invalid("Send a list of records", errors=[FieldError(pointer="#", detail="must be a list")])
    return items


def _read(model: type[BaseModel], item: Any, place: int) -> BaseModel | Problem:
    if isinstance(item, Spoilt):
        return Invalid("The record is not valid", errors=item.errors)
    try:
        return model.model_validate(item)
    except ValidationError as error:
        found = field_errors(error.errors(include_input=False), model, f"#/{place}")
        return Invalid("The record is not valid", errors=found)


def _item(stored: Stored) -> BulkItem:
    if stored.outcome is Outcome.REFUSED:
        return _failed(_refused(stored), stored.external_id)
    return BulkItem(
        external_id=stored.external_id,
        status=_STATUS[stored.outcome],
        outcome=stored.outcome,
        problem=None,
    )


def _failed(problem: Problem, external_id: str | None = None) -> BulkItem:
    return BulkItem(
        external_id=external_id,
        status=type(problem).status,
        outcome=Outcome.REFUSED,
        problem=problem.document(),
    )


def _refused(stored: Stored) -> Invalid:
    error = FieldError(pointer=f"#/{stored.field}", detail=stored.problem or "")
    return Invalid("The record cannot be stored", errors=[error])


def _row_of(cursor: str | None) -> int:
    """The row that a page starts behind. Raises Invalid for a cursor that is none of ours."""
    if cursor is None:
        return 0
    try:
        row = int(base64.urlsafe_b64decode(cursor.encode()).decode())
    except (ValueError, binascii.Error):
        row = -1
    if not 0 <= row < 2**62:
        error = FieldError(parameter="cursor", detail="must be a next_cursor of an earlier answer")
        raise Invalid("The cursor cannot be used", errors=[error])
    return row


def _cursor_of(rows: Sequence[int], limit: int) -> str | None:
    """The cursor to the next page, when one more row than ``limit`` was found."""
    if len(rows) <= limit:
        return None
    return base64.urlsafe_b64encode(str(rows[limit - 1]).encode()).decode()
