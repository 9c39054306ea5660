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
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.responses import JSONResponse, Response

from service.api.deps import ServicesDep, identify
from service.api.endpoint import OpenEndpoint, takes_many
from service.api.webhook_answers import answer_at_once, at_once
from service.api.webhook_gate import Body, Gate, Room
from service.auth import Scope
from service.db import inbox
from service.db.inbox import Item, Received
from service.http.handlers import log_database
from service.http.problems import problems
from service.intake.kinds import Call, Reply
from service.intake.providers.salesforce_outbound import ACK
from service.intake.sources import KINDS
from service.intake.taking import Arrived, NotAuthentic, Taken
from service.problems import (
    Forbidden,
    Invalid,
    Malformed,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from service.services import Services

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
                taken = await _take(source, request, _call(request, raw, services), services)
            except (OperationalError, InterfaceError, PoolTimeout) as error:
                log_database(request, error)
                raise Unavailable("The database is away; send this call again", retry_after=5) from None
    services.bell.ring()
    reply = KINDS[taken.source.kind].reply
    if reply is Reply.ACK:
        return Response(ACK, media_type="text/xml")
    if at_once(reply):
        return await answer_at_once(reply, taken.source, taken.items, taken.received, services)
    return JSONResponse({"results": _told(taken.items, taken.received)}, status_code=202)


async def _take(name: str, request: Request, call: Call, services: Services) -> Taken:
    """Verify the call by the source's own scheme, else by an API key, and keep what it holds.

    Raises Unauthorized, Forbidden, and Invalid to holders of an API key: not
    NotFound, for some systems switch a webhook off for good when they see a 404.
    """
    outcome = await services.taking.submit(Arrived(source=name, call=call))
    if isinstance(outcome, NotAuthentic):
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            raise Unauthorized(str(outcome) or _REFUSED)
        request.state.caller = await identify(request)
        if not request.state.caller.has(Scope.INTAKE):
            raise Forbidden("This needs a key with the scope intake")
        outcome = await services.taking.submit(Arrived(source=name, call=call, known=True))
    if isinstance(outcome, Taken):
        return outcome
    raise outcome


def _call(request: Request, body: bytes, services: Services) -> Call:
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{services.settings.base_url}{request.url.path}{query}"
    return Call(url=url, headers=dict(request.headers), body=body, method=request.method)


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
