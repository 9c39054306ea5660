"""Where other systems post to: verified, kept, acknowledged; decided by the worker.

Some systems want to know at once what was decided. Their call is kept all the same, and then decided as the
worker would: under the same event key, so that whichever of the two is first decides, and the other finds
it decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from service.api.deps import Services, ServicesDep, identify
from service.api.endpoint import OpenEndpoint, takes_many
from service.api.webhook_answers import answer_at_once, at_once
from service.api.webhook_gate import Body, Gate, Room
from service.auth import Scope
from service.db import inbox, sources
from service.db.inbox import Item, Received
from service.db.sources import Source
from service.intake.kinds import Call, Kind, Reply
from service.intake.providers.salesforce_outbound import ACK
from service.intake.reading import read_items
from service.intake.sources import KINDS
from service.problems import (
    Forbidden,
    Invalid,
    Malformed,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    problems,
)

api = APIRouter(route_class=OpenEndpoint, tags=["webhooks"])

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


_gate = Gate()
_room = Room()


@api.get("/v1/webhooks/{source}", summary="Find the address of a webhook alive")
async def find_webhook(source: str) -> dict[str, str]:
    """Answers 200 for any name, so that a system which tries an address before it uses it is content.

    It tells nothing of whether there is such a source.
    """
    return {}


@api.head("/v1/webhooks/{source}", summary="Find the address of a webhook alive, without a body")
async def head_webhook(source: str) -> dict[str, str]:
    """As GET."""
    return {}


@api.post(
    "/v1/webhooks/{source}",
    status_code=202,
    response_model=WebhookReceived,
    summary="Take in events from another system",
    responses=problems(Malformed, Unauthorized, Invalid, TooLarge, UnsupportedMediaType, Unavailable),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
        "security": [{"key": []}, {}],
    },
)
@takes_many
async def receive_webhook(source: str, request: Request, services: ServicesDep) -> Response:
    """Verify the call on its raw bytes, keep its items durably, and acknowledge them.

    What a body may hold depends on the kind of the source. An item that came
    before is a `duplicate`; one that cannot be read is `quarantined`, where ops
    can see and retry it; neither keeps the others from being accepted. The call
    is authentic by the source's own scheme, or by an API key with the scope
    intake. Kinds that want an answer at once get 200 and the decision in scalars.
    """
    with Body(_room, services.settings.max_batch_body).held() as body:
        raw = await body.read(request)
        with _gate.passed():
            try:
                known = await _authentic(source, request, raw, services)
                kind = KINDS[known.kind]
                _check_media_type(request, kind)
                items, received = await run_in_threadpool(
                    _keep, services, known, _call(request, raw, services)
                )
            except (OperationalError, InterfaceError):
                raise Unavailable("The database is away; send this call again", retry_after=5) from None
    services.bell.ring()
    if kind.reply is Reply.ACK:
        return Response(ACK, media_type="text/xml")
    if at_once(kind.reply):
        return await answer_at_once(kind.reply, known, items, received, services)
    return JSONResponse({"results": _told(items, received)}, status_code=202)


async def _authentic(name: str, request: Request, body: bytes, services: Services) -> Source:
    """The source that the call is from. Raises Unauthorized; Invalid to holders of an API key.

    Not NotFound: some systems switch a webhook off for good when they see a 404.
    """

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
    if not request.state.caller.has(Scope.INTAKE):
        raise Forbidden("This needs a key with the scope intake")
    if source is None:
        raise Invalid("There is no source with this name; /v1/sources lists those there are")
    return source


def _call(request: Request, body: bytes, services: Services) -> Call:
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{services.settings.base_url}{request.url.path}{query}"
    return Call(url=url, headers=dict(request.headers), body=body, method=request.method)


def _check_media_type(request: Request, kind: Kind) -> None:
    """Raise UnsupportedMediaType unless the body is of a type that the kind sends, and not compressed."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Compressed bodies are not read; send it without Content-Encoding")
    given, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if given.strip().lower() not in kind.media_types or charset not in ("", "charset=utf-8"):
        wanted = " or ".join(sorted(kind.media_types))
        raise UnsupportedMediaType(f"Send the body as Content-Type: {wanted}, in UTF-8")


def _keep(services: Services, source: Source, call: Call) -> tuple[list[Item], list[Received]]:
    now = services.now()
    items = read_items(source, call, now)
    if not items:
        return [], []
    return items, services.database.transact(lambda c: inbox.receive(c, source.name, items, now))


def _told(items: Sequence[Item], received: Sequence[Received]) -> list[dict[str, object]]:
    shown = (inbox.Result.QUARANTINED, inbox.Result.IGNORED)
    return [
        {
            "result": each.result.value,
            "id": each.id,
            "problem": item.problem if each.result in shown else None,
        }
        for item, each in zip(items, received, strict=True)
    ]
