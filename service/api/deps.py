"""What an endpoint may ask for: the parts of the application, and who calls."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer, SecurityScopes
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from service.auth import Caller, Scope
from service.problems import Invalid, Unauthorized
from service.services import Services


def services_of(connection: HTTPConnection) -> Services:
    """The parts of the application that serves this request."""
    found: Services = connection.app.state.services
    return found


ServicesDep = Annotated[Services, Depends(services_of)]

_BEARER = HTTPBearer(
    auto_error=False, scheme_name="key", description="An API key: `Authorization: Bearer muster_...`"
)


async def identify(request: Request) -> Caller:
    """Who sent the request, by its API key. Raises Unauthorized."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise Unauthorized("Send an API key: Authorization: Bearer KEY")
    return await run_in_threadpool(services_of(request).keys.recognise, text.strip())


async def admitted(request: Request, key: str | None = None) -> Caller:
    """Who sent the request, by its API key or the ``key`` that its address holds; the call counts.

    Raises Unauthorized, TooMany.
    """
    services = services_of(request)
    if key is None:
        known = await identify(request)
    else:
        known = await run_in_threadpool(services.keys.recognise, key)
    services.limits.take(known.id)
    return known


async def caller(
    request: Request, scopes: SecurityScopes, _: Annotated[Any, Depends(_BEARER)] = None
) -> Caller:
    """The caller, who has the scope that the endpoint asks for. Raises Forbidden."""
    known: Caller = request.state.caller
    for scope in scopes.scopes:
        known.demand(Scope(scope))
    return known


def require(scope: Scope) -> Any:
    """A dependency that lets only callers with ``scope`` in; as a parameter it is the `Caller`."""
    return Security(caller, scopes=[scope.value])


async def event_prefix(request: Request) -> str | None:
    """What makes event keys of this call's Idempotency-Key; None without one.

    For endpoints whose work is keyed by the event itself: repeating the call
    finds the same decisions, so no answer has to be kept for it.
    """
    key = request.headers.get("idempotency-key")
    return None if key is None else f"{request.state.caller.id}:{checked_key(key)}"


def checked_key(key: str) -> str:
    """An Idempotency-Key without the quotes that the draft asks for and many leave out. Raises Invalid."""
    bare = key[1:-1] if len(key) >= 2 and key[0] == key[-1] == '"' else key
    if not 1 <= len(bare) <= 255 or not bare.isascii() or not bare.isprintable():
        raise Invalid("Idempotency-Key must be 1 to 255 printable ASCII characters")
    return bare
