"""The description of the API: OpenAPI 3.1, and 3.0 for callers that cannot read 3.1.

FastAPI writes 3.1 only. Salesforce External Services and others read 3.0, so
`three_zero` says the same in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response

from service.api.deps import services_of
from service.api.endpoint import OpenEndpoint
from service.api.external_services import PROFILE, external_services
from service.http.problems import MEDIA_TYPE, ProblemDocument, problems
from service.problems import (
    Forbidden,
    InProgress,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)

api = APIRouter(route_class=OpenEndpoint, include_in_schema=False)

Document = dict[str, Any]

_SCHEMAS = "#/components/schemas/"
_PROBLEM = {"schema": {"$ref": f"{_SCHEMAS}ProblemDocument"}}
_REFERS_TO_FASTAPI = "#/components/schemas/HTTPValidationError"
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes the call safe to repeat: with the same key it is done once. Kept for 30 days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_METHODS = ("get", "head", "put", "post", "delete", "patch")


@api.get("/openapi.json")
async def openapi_json(request: Request) -> Response:
    """This API's description, OpenAPI 3.1."""
    return JSONResponse(_described(request))


@api.get("/openapi-3.0.json")
async def openapi_three_zero_json(
    request: Request, profile: Literal["whole", "external-services"] = "whole"
) -> Response:
    """This API's description, OpenAPI 3.0; or the part of it that Salesforce External Services takes."""
    described = _described(request)
    return JSONResponse(external_services(described) if profile == PROFILE else three_zero(described))


def _described(request: Request) -> Document:
    if not services_of(request).settings.docs:
        raise NotFound("The API's description is not served here")
    found: Document = request.app.openapi()
    return found


def described(app: FastAPI) -> Document:
    """The application's description: FastAPI's, with what every endpoint has in common added."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    document: Document = _plainly_named(FastAPI.openapi(app))
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    # FastAPI sorts them by the whole path of their module, which is nobody's business outside
    document["components"]["schemas"] = dict(sorted({**schemas, **_problem_schemas()}.items()))
    for _, method, operation in operations(document):
        _complete(method, operation)
    return document


def _plainly_named(document: Document) -> Document:
    """Name schemas by the last part of their module and their own name, where FastAPI writes the whole path.

    It does where two classes share a name: ``service__db__clocks__State`` becomes ``ClocksState``.
    """
    known = document["components"]["schemas"]
    paths = [name for name in known if "__" in name]
    plain = {name: "".join(map(_capital, name.split("__")[-2:])) for name in paths}
    taken = Counter([*plain.values(), *known])
    refers = {_SCHEMAS + name: _SCHEMAS + short for name, short in plain.items() if taken[short] == 1}

    def renamed(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: renamed(value) for key, value in node.items()}
        if isinstance(node, list):
            return [renamed(value) for value in node]
        return refers.get(node, node) if isinstance(node, str) else node

    document["components"]["schemas"] = {
        refers.get(_SCHEMAS + name, name).removeprefix(_SCHEMAS): schema for name, schema in known.items()
    }
    found: Document = renamed(document)
    return found


def _capital(part: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in part.split("_"))


def _complete(method: str, operation: Document) -> None:
    operation["tags"] = list(dict.fromkeys(operation["tags"]))  # a router within a router says its tag twice
    responses = operation["responses"]
    common: list[type[Problem]] = [Unavailable]
    if operation.get("security"):
        common += [Unauthorized, Forbidden, TooMany]
        if method != "get":
            operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
            common += [InProgress, Invalid]
    if operation.get("requestBody"):
        common += [Malformed, TooLarge, UnsupportedMediaType]
    if "422" in responses or operation.get("requestBody"):
        common += [Invalid]
    if _REFERS_TO_FASTAPI in str(responses.get("422")):
        del responses["422"]
    for status, answer in problems(*dict.fromkeys(common)).items():
        responses.setdefault(str(status), {"description": answer["description"]})
    for status, answer in responses.items():
        if answer.get("content", {}).get("application/json", _PROBLEM) == _PROBLEM and int(status) >= 400:
            answer["content"] = {MEDIA_TYPE: _PROBLEM}
    operation["responses"] = dict(sorted(responses.items()))


def _problem_schemas() -> Document:
    """The schemas of a problem document, as components."""
    schema = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schema.pop("$defs")
    return {"ProblemDocument": schema, **inner}


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and operation of everything in the document."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def three_zero(document: Document) -> Document:
    """The same API in OpenAPI 3.0.3. ``document`` is not changed."""
    converted: Document = _schemas_in(document)
    converted["openapi"] = "3.0.3"
    for _, _, operation in operations(converted):
        for requirement in operation.get("security", ()):
            requirement.update({name: [] for name in requirement})  # roles of a key are a 3.1 idea
    converted.pop("webhooks", None)
    return converted


def _schemas_in(node: Any) -> Any:
    """``node`` with every schema below it converted."""
    if isinstance(node, list):
        return [_schemas_in(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    found = {}
    for name, inner in node.items():
        if name == "schema":
            found[name] = _schema(inner)
        elif name == "schemas":
            found[name] = {key: _schema(value) for key, value in inner.items()}
        else:
            found[name] = _schemas_in(inner)
    return found


def _schema(schema: Any) -> Any:
    """A schema of JSON Schema 2020-12 as one of OpenAPI 3.0."""
    if not isinstance(schema, dict):
        return {} if schema is True else {"not": {}} if schema is False else schema
    said = dict(schema)
    said.update(_nullable(said))
    if "const" in said:
        said["enum"] = [said.pop("const")]
    if "examples" in said:
        said["example"] = next(iter(said.pop("examples")), None)
    for bound, flag in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if not isinstance(said.get(bound, True), bool):
            said[flag], said[bound] = said[bound], True
    if "prefixItems" in said:
        options = [_schema(each) for each in said.pop("prefixItems")]
        said["items"] = options[0] if len(options) == 1 else {"anyOf": options}
    if said.get("type") == "array":
        said.setdefault("items", {})
    for name in ("contentMediaType", "contentEncoding", "propertyNames", "$comment", "patternProperties"):
        said.pop(name, None)
    return _inner(said)


def _nullable(said: Document) -> Document:
    """What replaces `null` as a type. Takes it out of ``said``."""
    kinds = said.get("type")
    if isinstance(kinds, list):
        rest = [kind for kind in kinds if kind != "null"]
        del said["type"]
        typed = {"type": rest[0]} if len(rest) == 1 else {"anyOf": [{"type": kind} for kind in rest]}
        return typed | ({"nullable": True} if "null" in kinds else {})
    if kinds == "null":
        del said["type"]
        return {"nullable": True, "enum": [None]}
    options = said.get("anyOf")
    if not options or {"type": "null"} not in options:
        return {}
    rest = [option for option in options if option != {"type": "null"}]
    del said["anyOf"]
    if len(rest) > 1:
        return {"anyOf": rest, "nullable": True}
    if "$ref" in rest[0]:
        return {"allOf": rest, "nullable": True}
    return {**rest[0], "nullable": True}


def _inner(said: Document) -> Document:
    found: Document = {}
    for name, value in said.items():
        if name == "properties":
            found[name] = {key: _schema(inner) for key, inner in value.items()}
        elif name in ("anyOf", "oneOf", "allOf"):
            found[name] = [_schema(inner) for inner in value]
        elif name in ("items", "additionalProperties", "not"):
            found[name] = _schema(value) if isinstance(value, dict) else value
        else:
            found[name] = value
    return found
