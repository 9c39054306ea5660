"""The routes: each says who may call it, goes through the same gate, and is described."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from service.api.endpoint import Endpoint, OpenEndpoint
from service.api.external_services import external_services
from service.api.openapi import operations, three_zero
from service.api.reconciliation import BASES
from service.app import create_app
from service.auth import Caller, Scope
from service.db import migrate
from service.settings import Settings
from tests.described import APP, DOCUMENT

ROUTES = [context.original_route for context in iter_route_contexts(APP.routes)]
API = [route for route in ROUTES if isinstance(route, APIRoute)]
OPERATIONS = {f"{method.upper()} {path}": operation for path, method, operation in operations(DOCUMENT)}
OPEN = frozenset(
    {
        "GET /livez",
        "GET /readyz",
        "GET /metrics",
        "GET /v1/webhooks/{source}",  # says yes to any name
        "HEAD /v1/webhooks/{source}",
        "POST /v1/webhooks/{source}",  # authentic by the source's own signature, or a key
    }
)
RECONCILIATION = ("", "/preview", "/properties", "/suggest/{what}")  # these ask for a key themselves
LONGEST_DESCRIPTION = 1333  # of what Salesforce External Services reads


def scopes(operation: dict[str, Any]) -> set[str]:
    """The scopes that an operation asks for."""
    return {scope for requirement in operation.get("security", ()) for scope in requirement.get("key", ())}


def test_every_operation_asks_for_a_scope() -> None:
    for name, operation in OPERATIONS.items():
        found = scopes(operation)
        assert found <= set(Scope), name
        assert bool(found) != (name in OPEN), name


def test_what_is_open_is_known() -> None:
    """A new route without a key is a decision, made here."""
    undescribed = {route.path for route in API if not route.include_in_schema}
    documents = {"/openapi.json", "/openapi-3.0.json", "/docs", "/docs/errors", "/docs/docs.css"}
    links = {"/links/{token}"}  # the address is the right to answer
    described_by_their_standard = {base + path for base in BASES for path in RECONCILIATION}
    assert undescribed == documents | links | described_by_their_standard
    assert {name for name, operation in OPERATIONS.items() if not scopes(operation)} == OPEN


def test_every_route_goes_through_the_gate() -> None:
    for route in API:
        assert isinstance(route, OpenEndpoint), route.path
        asks = f"{next(iter(route.methods))} {route.path}" not in OPEN and route.include_in_schema
        assert isinstance(route, Endpoint) == asks, route.path


def test_every_operation_is_described() -> None:
    for name, operation in OPERATIONS.items():
        assert operation["summary"] and len(operation["summary"]) <= 80, name
        assert operation["description"] and len(operation["description"]) <= LONGEST_DESCRIPTION, name
        assert operation["operationId"].isidentifier(), f"{name} is a method in Apex"
        assert len(operation["tags"]) == 1, name


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert sorted(set(names)) == sorted(names)


def test_errors_are_described_as_problems() -> None:
    for name in sorted(OPERATIONS.keys() - OPEN):
        answers = OPERATIONS[name]["responses"]
        others = [
            status
            for status, answer in answers.items()
            if int(status) >= 400 and list(answer["content"]) != ["application/problem+json"]
        ]
        assert others == [], name
        assert {"401", "403"} <= answers.keys(), name


def test_the_description_is_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_old_description_is_openapi_3_0() -> None:
    old = three_zero(DOCUMENT)
    OpenAPIV30SpecValidator(old).validate()
    assert old["paths"].keys() == DOCUMENT["paths"].keys()


def test_the_description_for_external_services_has_only_what_salesforce_takes() -> None:
    said = external_services(DOCUMENT)
    OpenAPIV30SpecValidator(said).validate()
    words = re.findall(
        r'"(anyOf|oneOf|allOf|not|enum|nullable|headers|const|discriminator)":', json.dumps(said)
    )
    assert words == []
    names = [name for schema in said["components"]["schemas"].values() for name in schema["properties"]]
    assert {"company", "email", "account_id", "score"} <= set(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) for name in names)
    kinds = {
        field["type"] for s in said["components"]["schemas"].values() for field in s["properties"].values()
    }
    assert kinds <= {"string", "number", "integer", "boolean"}
    (operation,) = said["paths"]["/v1/match"].values()
    assert operation["operationId"].isidentifier() and len(operation["operationId"]) <= 40


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, TestClient]]:
    """A caller for each scope, and one without a key."""
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('routes')}/muster.db"))
    services = app.state.services
    migrate.upgrade(services.database)
    found = {"": TestClient(app)}
    for scope in Scope:
        _, key = services.keys.create(scope.value, frozenset({scope}))
        found[scope.value] = TestClient(app, headers={"Authorization": f"Bearer {key}"})
    yield found
    services.database.dispose()


@pytest.mark.parametrize("held", ["", *Scope])
def test_who_may_call(held: str, callers: dict[str, TestClient]) -> None:
    """The matrix of operations and keys: without a key 401, with another scope 403 and nothing else.

    The body is valid JSON but no valid body, so that whoever may call gets no further than that.
    """
    for name in sorted(OPERATIONS.keys() - OPEN):
        method, path = name.split(" ")
        address = path.replace("{", "").replace("}", "")
        answer = callers[held].request(method, address, json=None if method == "GET" else [0])
        needed = [Scope(scope) for scope in scopes(OPERATIONS[name])]
        if not held:
            assert answer.status_code == 401, name
        elif all(Caller(id="", name="", scopes=frozenset({Scope(held)})).has(scope) for scope in needed):
            assert answer.status_code not in (401, 403, 500), name
        else:
            assert answer.status_code == 403, name
