"""The W3C Reconciliation Service API 0.2 over the accounts, for OpenRefine and others that speak it.

A caller sends an API key with the scope match. Tools that can only be given an
address have it in the address, /reconcile/KEY: such a key may do nothing else.
Cross-origin calls are for everybody (the standard asks for it): nothing here
goes by a cookie, so another page has no more than whoever has the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, select_autoescape
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from service.api.deps import ServicesDep, admitted, services_of
from service.api.endpoint import OpenEndpoint, takes_many
from service.auth import Caller, Scope
from service.db import account_search
from service.db.account_state import AccountState
from service.http.limits import Work
from service.problems import Forbidden, Invalid, Malformed, NotFound, TooLarge
from service.reconciliation.manifest import manifest
from service.reconciliation.properties import PROPERTIES, TYPE, extension, suggested
from service.reconciliation.query import Batch, answers, asked

api = APIRouter(route_class=OpenEndpoint, include_in_schema=False)

BASES = ("/reconcile", "/reconcile/{key}")
_SUGGESTIONS = 10
_MOST_IDS = 1000
_CALLBACK = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}(\.[A-Za-z_$][A-Za-z0-9_$]{0,63}){0,3}")
_CORS = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = _CORS | {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "86400",
}
_PAGES = Environment(
    loader=PackageLoader("service.api", "pages"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
_FRAMED = _CORS | {  # a preview stands in a frame of the tool's page
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors *",
    "X-Frame-Options": "ALLOWALL",
}
Model = TypeVar("Model", bound=BaseModel)
Function = TypeVar("Function", bound=Callable[..., Any])


class PropertyAsked(BaseModel):
    """A property whose values are wanted. There are no settings to make."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    id: str = Field(max_length=255)
    settings: dict[str, Any] = {}


class Extend(BaseModel):
    """The values of properties that are wanted of accounts."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    ids: list[str] = Field(max_length=_MOST_IDS)
    properties: list[PropertyAsked] = Field(max_length=50)


def _under_both(path: str, methods: list[str]) -> Callable[[Function], Function]:
    """Have a function answer at both addresses of the service."""

    def add(function: Function) -> Function:
        for base in BASES:
            api.add_api_route(base + path, function, methods=methods)
        return function

    return add


@_under_both("", methods=["OPTIONS"])
@_under_both("/preview", methods=["OPTIONS"])
@_under_both("/properties", methods=["OPTIONS"])
@_under_both("/suggest/{what}", methods=["OPTIONS"])
async def preflight() -> Response:
    """Pages of any origin may ask, with a key in a header."""
    return Response(status_code=204, headers=_PREFLIGHT)


@_under_both("", methods=["GET", "POST"])
@takes_many
async def reconcile(request: Request, services: ServicesDep) -> Response:
    """The manifest; with ``queries`` the candidates for each; with ``extend`` values of accounts."""
    said = dict(request.query_params) | dict(await _form(request))
    if "queries" not in said and "extend" not in said:
        key = request.path_params.get("key")
        path = f"/reconcile/{key}" if key else "/reconcile"
        return _answer(request, manifest(services.settings.base_url, path, key_in_header=key is None))
    await _known(request)
    if "extend" in said:
        return _answer(request, await _extended(request, _read(Extend, "extend", said["extend"])))
    batch = _read(Batch, "queries", said["queries"]).root
    if len(batch) > services.settings.max_batch:
        raise TooLarge(
            f"A call has at most {services.settings.max_batch} queries; send more in several calls"
        )
    keys, contacts = asked(batch)
    async with services.places.held(Work.MATCH):
        results = await run_in_threadpool(services.flow.match, contacts)
    return _answer(request, answers(batch, dict(zip(keys, results, strict=True))))


@_under_both("/suggest/{what}", methods=["GET"])
async def suggest(what: str, request: Request) -> Response:
    """Accounts, properties or types whose name begins with ``prefix``."""
    await _known(request)
    prefix = request.query_params.get("prefix", "")[:255]
    if what == "type":
        found = [dict(TYPE)] if TYPE["name"].casefold().startswith(prefix.casefold().strip()) else []
        return _answer(request, {"result": found})
    if what == "property":
        return _answer(request, {"result": suggested(prefix)})
    if what != "entity":
        raise NotFound("What can be suggested is entity, property and type")
    cursor = request.query_params.get("cursor", "0")
    after = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 7 else 0
    accounts = [
        {"id": each.external_id, "name": each.name, "description": _where(each), "notable": [TYPE]}
        for each in await run_in_threadpool(_search, request, prefix, after)
    ]
    return _answer(request, {"result": accounts})


@_under_both("/properties", methods=["GET"])
async def propose(request: Request) -> Response:
    """The properties that an account can be extended by."""
    await _known(request)
    limit = request.query_params.get("limit", "")
    most = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 5 else len(PROPERTIES)
    found = [each.shown() for each in PROPERTIES.values() if each.id != "email"]
    asked_of = request.query_params.get("type", TYPE["id"])
    return _answer(request, {"type": asked_of, "properties": found[:most] if asked_of == TYPE["id"] else []})


@_under_both("/preview", methods=["GET"])
async def preview(request: Request) -> Response:
    """An account in a small frame."""
    await _known(request)
    found = await run_in_threadpool(_accounts, request, [request.query_params.get("id", "")])
    if not found:
        raise NotFound("There is no account with this id")
    shown = [
        (each.name, ", ".join(each.values(found[0]))) for each in PROPERTIES.values() if each.id != "name"
    ]
    page = _PAGES.get_template("preview.html").render(
        account=found[0], facts=[(name, value) for name, value in shown if value]
    )
    return HTMLResponse(page, headers=_FRAMED)


async def _known(request: Request) -> Caller:
    """The caller, who may match. Raises Unauthorized, TooMany, Forbidden."""
    key = request.path_params.get("key")
    caller = await admitted(request, key)
    if key is not None and caller.scopes != {Scope.MATCH}:
        raise Forbidden("A key in an address is seen by many: make one with the scope match and no other")
    request.state.caller = caller
    caller.demand(Scope.MATCH)
    return caller


async def _form(request: Request) -> list[tuple[str, str]]:
    if request.method != "POST":
        return []
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Malformed("Send the form fields queries or extend as application/x-www-form-urlencoded")
    return parse_qsl((await request.body()).decode("utf-8", "replace"), max_num_fields=10)


async def _extended(request: Request, wanted: Extend) -> Mapping[str, Any]:
    found = await run_in_threadpool(_accounts, request, wanted.ids)
    return extension(found, wanted.ids, [each.id for each in wanted.properties])


def _search(request: Request, prefix: str, after: int) -> list[AccountState]:
    with services_of(request).database.read() as connection:
        return account_search.search(connection, prefix, after=after, limit=_SUGGESTIONS)


def _accounts(request: Request, ids: list[str]) -> list[AccountState]:
    with services_of(request).database.read() as connection:
        return account_search.of_ids(connection, ids)


def _where(account: AccountState) -> str:
    return ", ".join(part for part in (account.city, account.country, account.website) if part)


def _read(model: type[Model], name: str, text: str) -> Model:
    """What a form field holds. Raises Malformed, Invalid."""
    try:
        said = json.loads(text)
    except ValueError:
        raise Malformed(f"The field {name} is not JSON") from None
    try:
        return model.model_validate(said)
    except ValidationError as wrong:
        places = {".".join(str(part) for part in each["loc"][:2]) for each in wrong.errors()}
        shown = ", ".join(sorted(places)[:5])
        raise Invalid(f"The field {name} is not as the Reconciliation API 0.2 has it: {shown}") from None


def _answer(request: Request, said: Mapping[str, Any]) -> Response:
    """The answer as JSON; as a call of the function that JSONP names."""
    callback = request.query_params.get("callback") if request.method == "GET" else None
    if callback is None:
        return JSONResponse(said, headers=_CORS)
    if not _CALLBACK.fullmatch(callback):
        raise Invalid("The parameter callback must be the name of a JavaScript function")
    text = json.dumps(said).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Response(f"/**/{callback}({text});", media_type="application/javascript", headers=_CORS)
