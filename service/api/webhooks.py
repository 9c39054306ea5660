"""Where other systems post contacts to: verified, kept, acknowledged; decided by the worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from service.api.body import check_media_type
from service.api.deps import Services, ServicesDep, identify
from service.api.endpoint import OpenEndpoint, takes_many
from service.auth import Scope
from service.db import inbox, sources
from service.db.inbox import Item, Received
from service.db.sources import Source
from service.intake.kinds import Call
from service.intake.reading import read_items
from service.intake.sources import KINDS
from service.problems import (
    Malformed,
    NotFound,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    problems,
)

api = APIRouter(route_class=OpenEndpoint, tags=["webhooks"])

IN_FLIGHT = 200
"""Calls that one process takes in at once; above it they are sent away, to come again."""

_REFUSED = "The call carries no signature, token or API key that this source accepts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReceived:
    """What became of one item, and the id it is kept under."""

    result: inbox.Result
    id: int
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReceived:
    """One result for each item, in the order sent. What is accepted will be decided."""

    results: tuple[ItemReceived, ...]


class _Gate:
    """Counts the calls that are being taken in, and refuses those beyond the limit."""

    def __init__(self, limit: int) -> None:
        self._free = threading.BoundedSemaphore(limit)

    @contextmanager
    def passed(self) -> Iterator[None]:
        if not self._free.acquire(blocking=False):
            raise Unavailable(
                "More webhooks arrive than can be kept just now; send this one again", retry_after=2
            )
        try:
            yield
        finally:
            self._free.release()


_gate = _Gate(IN_FLIGHT)


@api.post(
    "/v1/webhooks/{source}",
    status_code=202,
    response_model=WebhookReceived,
    summary="Take in contacts from another system",
    responses=problems(Malformed, Unauthorized, NotFound, TooLarge, UnsupportedMediaType, Unavailable),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
        "security": [{"key": []}, {}],
    },
)
@takes_many
async def receive_webhook(source: str, request: Request, services: ServicesDep) -> Response:
    """Verify the call on its raw bytes, keep its items durably, and acknowledge them.

    The body is an object, a list of objects or ``{"contacts": [...]}``, up to
    1,000 items. An item that came before is a `duplicate`; one that cannot be
    mapped is `quarantined`, where ops can see and retry it; neither keeps the
    others from being accepted. The call is authentic by the source's signature
    (Standard Webhooks), its token header, or an API key with the scope intake.
    """
    with _gate.passed():
        body = await request.body()
        try:
            known = await _authentic(source, request, body, services)
            check_media_type(request)
            kept = await run_in_threadpool(_keep, services, known, body)
        except (OperationalError, InterfaceError):
            raise Unavailable("The database is away; send this call again", retry_after=5) from None
    services.bell.ring()
    return JSONResponse({"results": kept}, status_code=202)


async def _authentic(name: str, request: Request, body: bytes, services: Services) -> Source:
    """The source that the call is from. Raises Unauthorized; NotFound to holders of an API key."""

    def find() -> Source | None:
        with services.database.read() as connection:
            return sources.get(connection, name)

    source = await run_in_threadpool(find)
    call = _call(request, body, services)
    if source is not None and KINDS[source.kind].verified(call, source, services.now()):
        return source
    if not request.headers.get("authorization", "").lower().startswith("bearer "):
        raise Unauthorized(_REFUSED)
    request.state.caller = await identify(request)
    request.state.caller.demand(Scope.INTAKE)
    if source is None:
        raise NotFound("There is no source with this name; /v1/sources lists those there are")
    return source


def _call(request: Request, body: bytes, services: Services) -> Call:
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{services.settings.base_url}{request.url.path}{query}"
    return Call(url=url, headers=dict(request.headers), body=body)


def _keep(services: Services, source: Source, body: bytes) -> list[dict[str, object]]:
    now = services.now()
    items = read_items(source, body, now)
    if not items:
        return []
    received = services.database.transact(lambda c: inbox.receive(c, source.name, items, now))
    return _told(items, received)


def _told(items: Sequence[Item], received: Sequence[Received]) -> list[dict[str, object]]:
    return [
        {
            "result": each.result.value,
            "id": each.id,
            "problem": item.problem if each.result is inbox.Result.QUARANTINED else None,
        }
        for item, each in zip(items, received, strict=True)
    ]
