"""/docs: the API's description as a page. Plain HTML: no script, nothing from another host."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.responses import HTMLResponse, Response

from service.api.deps import services_of
from service.api.endpoint import OpenEndpoint
from service.api.openapi import Document, operations
from service.problems import PAGE, NotFound, kinds

api = APIRouter(route_class=OpenEndpoint, include_in_schema=False)

_PAGES = Environment(
    loader=PackageLoader("service.api", "pages"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'"}


@api.get("/docs")
async def docs(request: Request) -> Response:
    """Every operation: what it does, who may call it, what it takes and answers."""
    _check(request)
    document: Document = request.app.openapi()
    groups: dict[str, list[Document]] = {}
    for path, method, operation in operations(document):
        groups.setdefault(operation["tags"][0], []).append({"path": path, "method": method, **operation})
    text = _PAGES.get_template("docs.html").render(
        info=document["info"], groups=groups, schemas=document["components"]["schemas"], kind=_kind
    )
    return HTMLResponse(text, headers=_POLICY)


@api.get(PAGE)
async def errors(request: Request) -> Response:
    """Every kind of problem, at the address that its ``type`` has."""
    _check(request)
    return HTMLResponse(_PAGES.get_template("errors.html").render(kinds=kinds()), headers=_POLICY)


@api.get("/docs/docs.css")
async def style() -> Response:
    """How these pages look."""
    return Response(files("service.api").joinpath("pages/docs.css").read_bytes(), media_type="text/css")


def _check(request: Request) -> None:
    if not services_of(request).settings.docs:
        raise NotFound("The documentation is not served here")


def _kind(schema: Document) -> str:
    """A schema in a few words, e.g. `list of ContactIn`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(option) for option in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])}"
    return str(schema.get("format") or schema.get("type") or schema.get("const") or "anything")
