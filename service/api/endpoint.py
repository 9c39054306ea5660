"""What every endpoint of /v1 goes through, in this order.

    who calls -> was this call made before -> the body, strictly -> the function

Each file of this folder declares one resource:

    api = APIRouter(route_class=Endpoint, tags=["reps"])

    @api.put("/v1/reps/{external_id}", dependencies=[require(Scope.OPS_EDITOR)],
             responses=problems(Conflict))
    async def put_rep(external_id: str, rep: RepIn, services: ServicesDep) -> Rep: ...

A caller without a key learns nothing, not even that its body is malformed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import admitted, checked_key, event_prefix, services_of
from service.audit.log import Act, as_actor
from service.db import idempotency
from service.db.engine import first_of_all
from service.db.idempotency import Claim, Earlier, KeyTaken
from service.http.body import check_media_type, read_body, read_json
from service.http.limits import Work
from service.http.problems import REQUEST_ID, problems
from service.problems import FieldError, InProgress, Invalid, KeyReused, Unavailable

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Function = TypeVar("Function", bound=Callable[..., Any])

REPLAYED = "Idempotency-Replayed"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def takes_many(function: Function) -> Function:
    """Let the endpoint's body be as large as MUSTER_MAX_BATCH_BODY."""
    function.max_body = "max_batch_body"  # type: ignore[attr-defined]
    return function


def takes_each(name: str) -> Callable[[Function], Function]:
    """As `takes_many`, for a body whose list ``name`` has items that are judged each by itself."""

    def mark(function: Function) -> Function:
        function.items = name  # type: ignore[attr-defined]
        return takes_many(function)

    return mark


def takes_files(function: Function) -> Function:
    """Let the endpoint's body be as large as MUSTER_MAX_IMPORT_BODY."""
    function.max_body = "max_import_body"  # type: ignore[attr-defined]
    return function


def heavy(work: Work) -> Callable[[Function], Function]:
    """Have the endpoint hold one of the places for such work while it answers; 503 when there is none."""

    def mark(function: Function) -> Function:
        function.work = work  # type: ignore[attr-defined]
        return function

    return mark


class LimitedRequest(Request):
    """A request whose body has a limit and is read strictly."""

    limit: int
    many: str | None = None

    async def body(self) -> bytes:
        """The body's bytes. Raises TooLarge."""
        if not hasattr(self, "_body"):
            self._body = await read_body(self, self.limit)
        return self._body

    async def load(self) -> None:
        """Read and parse the body, so that FastAPI finds it done."""
        raw = await self.body()
        if raw:
            check_media_type(self)
        self._json = await read_json(raw, self.many)


def operation_id(route: APIRoute) -> str:
    """The function's name in camel case: also a valid name in Apex, which makes it a method."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class OpenEndpoint(APIRoute):
    """An endpoint without an API key: its body has the limits all the same."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        settings["generate_unique_id_function"] = operation_id
        self.work: Work | None = getattr(endpoint, "work", None)
        if self.work is not None:
            settings["responses"] = (settings.get("responses") or {}) | problems(Unavailable)
        super().__init__(path, endpoint, **settings)

    def get_route_handler(self) -> Handler:
        """FastAPI's handler behind ours."""
        handle = super().get_route_handler()

        async def run(request: Request) -> Response:
            return await self.placed(handle, await self.loaded(request))

        return run

    async def placed(self, handle: Handler, request: LimitedRequest) -> Response:
        """Handle a request; heavy work when there is a place for it. Its body is there: nobody holds a place
        by sending slowly.
        """
        if self.work is None:
            return await handle(request)
        async with services_of(request).places.held(self.work):
            return await handle(request)

    async def loaded(self, request: Request) -> LimitedRequest:
        """The request with its JSON body read, where the endpoint has one."""
        limited = LimitedRequest(request.scope, request.receive)
        limited.limit = getattr(services_of(request).settings, getattr(self.endpoint, "max_body", "max_body"))
        limited.many = getattr(self.endpoint, "items", None)
        if self.body_field is None or isinstance(self.body_field.field_info, Form):
            return limited
        if self.body_field.field_info.is_required() or await limited.body():
            await limited.load()
        return limited


class Endpoint(OpenEndpoint):
    """An endpoint of the API: known callers only, and each call with an Idempotency-Key once."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler behind ours."""
        handle = partial(self.placed, APIRoute.get_route_handler(self))
        keyed_by_event = _uses(self.dependant, event_prefix)

        known = _query_names(self.dependant)

        async def run(request: Request) -> Response:
            request.state.caller = await admitted(request)
            refuse_unknown(request, known)
            limited = await self.loaded(request)
            if request.method in _SAFE:
                return await handle(limited)
            key = request.headers.get("idempotency-key")
            on_record = partial(_on_record, handle, path=self.path)
            if key is None or keyed_by_event:
                return await on_record(limited)
            return await _once(limited, checked_key(key), on_record)

        return run


async def _on_record(handle: Handler, request: Request, path: str) -> Response:
    """Handle a call that may change something: what it changes is in the audit log with it."""
    act = Act(
        actor=request.state.caller.name,
        actor_id=request.state.caller.id,
        action=f"{request.method} {path}",
        subject=" ".join(str(value) for value in request.path_params.values()),
        detail={"request": request.scope[REQUEST_ID]} if REQUEST_ID in request.scope else {},
    )
    with as_actor(act, services_of(request).now):
        return await handle(request)


async def _once(request: LimitedRequest, key: str, handle: Handler) -> Response:
    """Answer with the earlier call's answer, or handle this one and keep its answer.

    An answer with a secret in it says `Cache-Control: no-store` and is not kept.
    """
    services = services_of(request)
    database = services.database
    claim = Claim(
        caller=request.state.caller.id,
        key=key,
        digest=_digest(request, await request.body()),
        at=services.now(),
    )

    def earlier() -> Earlier | None:
        with database.read() as connection:
            return idempotency.earlier(connection, claim.caller, claim.key)

    found = await run_in_threadpool(earlier)
    if found is not None:
        return _replay(found, claim.digest)
    token = first_of_all.set(partial(idempotency.take, claim=claim))
    try:
        response = await handle(request)
    except KeyTaken:
        raise _in_progress() from None
    finally:
        first_of_all.reset(token)
    if response.status_code < 300 and response.headers.get("cache-control") != "no-store":
        keep = partial(idempotency.keep, claim=claim, status=response.status_code, body=bytes(response.body))
        await run_in_threadpool(database.transact, keep)
    return response


def _replay(found: Earlier, digest: str) -> Response:
    if found.digest != digest:
        raise KeyReused("This Idempotency-Key was used for another call; send a new one")
    if found.status is None:
        raise _in_progress()
    return Response(found.body, found.status, {REPLAYED: "true"}, "application/json")


def _in_progress() -> InProgress:
    return InProgress(
        "A call with this key has just been made, or took effect and its answer was lost;"
        " ask again, or read what it was to change",
        headers={"Retry-After": "1"},
    )


def _digest(request: Request, body: bytes) -> str:
    called = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(called + body).hexdigest()


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """Raise Invalid for a query parameter that the endpoint does not have: a misspelt filter is no filter."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        may = f"the parameters here are: {', '.join(sorted(known))}" if known else "there are none here"
        shown = [name if re.fullmatch(r"[\w.-]{1,64}", name) else "?" for name in unknown]
        errors = [FieldError(parameter=name, detail=f"is not a parameter; {may}") for name in shown]
        raise Invalid("There is no such parameter", errors=errors)


def _query_names(dependant: Dependant) -> frozenset[str]:
    own = {field.alias for field in dependant.query_params}
    return frozenset(own.union(*(_query_names(inner) for inner in dependant.dependencies)))


def _uses(dependant: Dependant, function: Callable[..., Any]) -> bool:
    return any(inner.call is function or _uses(inner, function) for inner in dependant.dependencies)
