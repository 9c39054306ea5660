"""The description of the API for Salesforce External Services, and for other tools that map scalars.

What such tools cannot take is left out: alternatives (anyOf, oneOf, allOf),
null, enums, nested objects, media types but application/json, headers of
answers. Names are those of Apex: at most 40 characters, letters and digits.
Sources: Salesforce Help, "External Services: OpenAPI 2.0 and 3.0 Support",
"Naming and Description Considerations" (descriptions of 1,333 characters),
"Considerations for HTTP Callouts" (no enum, an answer is an object).
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

PROFILE = "external-services"
_SCALARS = ("string", "number", "integer", "boolean")
_KEPT = ("type", "format", "description", "minLength", "maxLength", "minimum", "maximum")
_BODY, _ANSWER = "ContactIn", "FlatMatch"
_LONGEST_DESCRIPTION = 1333


def external_services(document: Document) -> Document:
    """The part of the API that can be mapped field by field, as OpenAPI 3.0.3; ``document`` is its 3.1."""
    schemas = document["components"]["schemas"]
    operation = document["paths"]["/v1/match"]["post"]
    flat = {name: _flat(schemas[name]) for name in (_BODY, _ANSWER)}
    said: Document = {
        "openapi": "3.0.3",
        "info": {"title": "Muster", "version": document["info"]["version"]},
        "paths": {
            "/v1/match": {
                "post": {
                    "operationId": operation["operationId"],
                    "summary": operation["summary"],
                    "description": "Give what is known of a contact; the account it belongs to comes back.",
                    "parameters": [_view()],
                    "requestBody": {"required": True, "content": _json(_BODY)},
                    "responses": {"200": {"description": "The match", "content": _json(_ANSWER)}},
                    "security": [{"key": []}],
                }
            }
        },
        "components": {
            "schemas": flat,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
    if "servers" in document:
        said["servers"] = document["servers"]
    return said


def _view() -> Document:
    return {
        "name": "view",
        "in": "query",
        "required": True,
        "description": "Always flat.",
        "schema": {"type": "string", "default": "flat"},
    }


def _json(name: str) -> Document:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _flat(schema: Document) -> Document:
    """An object with the fields that hold one value each."""
    found = {
        name: flat for name, inner in schema["properties"].items() if (flat := _scalar(inner)) is not None
    }
    required = [name for name in schema.get("required", ()) if name in found]
    return {"type": "object", "properties": found} | ({"required": required} if required else {})


def _scalar(schema: Document) -> Document | None:
    """The field's own kind where it is a single one beside null; None for what is no scalar."""
    options = [each for each in schema.get("anyOf", (schema,)) if each.get("type") != "null"]
    if len(options) != 1:
        return None
    only = options[0]
    if "$ref" in only or "enum" in only:  # an enum of ours is text there
        only = {"type": "string"}
    if only.get("type") not in _SCALARS:
        return None
    said = {name: only[name] for name in _KEPT if name in only}
    description = schema.get("description", only.get("description"))
    return said | ({"description": description[:_LONGEST_DESCRIPTION]} if description else {})
