"""The accounts as a W3C reconciliation service, checked against the schemas of its specification."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from service.app import create_app
from service.auth import Scope
from service.settings import Settings
from tests.service.organisation import organisation

SHARED = Path(os.environ.get("MUSTER_SHARED", Path(__file__).parents[4] / "shared"))
SCHEMAS = SHARED / "payloads" / "reconciliation-0.2"


@pytest.fixture
def key(settings: Settings) -> Iterator[tuple[TestClient, str]]:
    """A caller without a header, and a key that may match only."""
    app = create_app(settings)
    organisation(app.state.services.database)
    _, key = app.state.services.keys.create("openrefine", frozenset({Scope.MATCH}))
    _, strong = app.state.services.keys.create("ops", frozenset({Scope.ADMIN}))
    with TestClient(app) as client:
        client.strong = strong  # type: ignore[attr-defined]
        yield client, key


def valid(name: str, said: Any) -> None:
    """Check an answer against its schema, where the specification's schemas are at hand."""
    if not SCHEMAS.exists():
        return
    schema = json.loads((SCHEMAS / "schemas" / f"{name}.json").read_text())
    authentication = schema.get("properties", {}).get("authentication")
    if authentication:
        authentication.pop("$ref")  # OpenAPI 2.0's own schema, which is not at hand
    kinds = json.loads((SCHEMAS / "schemas" / "type.json").read_text())
    resource = Resource.from_contents(kinds, default_specification=DRAFT7)
    known: Registry[Any] = Registry()
    for uri in ("type.json", "https://reconciliation-api.github.io/specs/0.2/schemas/type.json"):
        known = known.with_resource(uri, resource)
    Draft7Validator(schema, registry=known).validate(said)


def ask(client: TestClient, base: str, queries: Any) -> Any:
    answer = client.post(base, data={"queries": json.dumps(queries)})
    assert answer.status_code == 200, answer.text
    valid("reconciliation-result-batch", answer.json())
    return answer.json()


def test_the_manifest_says_where_all_is(key: tuple[TestClient, str]) -> None:
    client, secret = key
    for base in ("/reconcile", f"/reconcile/{secret}"):
        answer = client.get(base)
        assert answer.headers["access-control-allow-origin"] == "*"
        said = answer.json()
        valid("manifest", said)
        assert said["suggest"]["entity"]["service_path"] == f"{base}/suggest/entity"
        assert ("authentication" in said) == (base == "/reconcile")


def test_queries_get_the_matchers_candidates(key: tuple[TestClient, str]) -> None:
    client, secret = key
    queries = {
        "q0": {
            "query": "Northwind Robotics",
            "properties": [{"pid": "domain", "v": "northwind-robotics.com"}],
        },
        "q1": {"query": "Northwind Robotics GmbH", "type": "account", "limit": 1},
        "q2": {"query": "Nobody at all", "type": ["account"]},
        "q3": {"query": "Northwind Robotics", "type": "person"},
        "q4": {
            "properties": [{"pid": "email", "v": ["dana@northwind-robotics.com", "x"]}, {"pid": "no", "v": 1}]
        },
        "q5": {"query": "Northwind", "properties": [{"pid": "country", "v": {"id": "DE"}}], "limit": 0},
    }
    found = ask(client, f"/reconcile/{secret}", queries)
    assert found.keys() == queries.keys()
    best = found["q0"]["result"][0]
    contact = {"company": "Northwind Robotics", "website": "northwind-robotics.com"}
    match = client.post("/v1/match", json=contact, headers={"Authorization": f"Bearer {secret}"}).json()
    assert (best["id"], best["match"], best["score"]) == ("A-1", True, round(match["score"], 6))
    assert best["name"] == "Northwind Robotics GmbH"
    assert sum(each["value"] for each in best["features"]) == pytest.approx(
        match["candidates"][0]["points"], abs=0.01
    )
    assert len(found["q1"]["result"]) == 1
    assert found["q2"]["result"] == found["q3"]["result"] == found["q5"]["result"] == []
    assert found["q4"]["result"][0]["id"] == "A-1"


def test_suggest_preview_and_extend(key: tuple[TestClient, str]) -> None:
    client, secret = key
    base = f"/reconcile/{secret}"
    entities = client.get(f"{base}/suggest/entity", params={"prefix": "northw"}).json()
    valid("suggest-entities-response", entities)
    assert [each["id"] for each in entities["result"]][:1] == ["A-1"]
    assert client.get(f"{base}/suggest/entity", params={"prefix": "robotics"}).json()["result"]
    assert client.get(f"{base}/suggest/entity", params={"prefix": "%"}).json() == {"result": []}
    properties = client.get(f"{base}/suggest/property", params={"prefix": "co"}).json()
    valid("suggest-properties-response", properties)
    assert [each["id"] for each in properties["result"]] == ["country"]
    types = client.get(f"{base}/suggest/type", params={"prefix": "acc"}).json()
    valid("suggest-types-response", types)
    assert types == {"result": [{"id": "account", "name": "Account"}]}
    preview = client.get(f"{base}/preview", params={"id": "A-1"})
    assert "Northwind Robotics GmbH" in preview.text
    assert "frame-ancestors *" in preview.headers["content-security-policy"]
    assert client.get(f"{base}/preview", params={"id": "none"}).status_code == 404
    proposed = client.get(f"{base}/properties", params={"type": "account", "limit": "3"}).json()
    valid("data-extension-property-proposal", proposed)
    assert len(proposed["properties"]) == 3
    wanted = {"ids": ["A-1", "none"], "properties": [{"id": "name"}, {"id": "what"}]}
    extended = client.get(base, params={"extend": json.dumps(wanted)}).json()
    valid("data-extension-response", extended)
    assert extended["rows"] == {
        "A-1": {"name": [{"str": "Northwind Robotics GmbH"}], "what": []},
        "none": {"name": [], "what": []},
    }


def test_who_may_ask(key: tuple[TestClient, str]) -> None:
    client, secret = key
    asked = {"queries": json.dumps({"q": {"query": "x"}})}
    strong = client.strong  # type: ignore[attr-defined]
    assert client.post("/reconcile", data=asked).status_code == 401
    assert client.post("/reconcile/muster_no_key", data=asked).status_code == 401
    assert client.post(f"/reconcile/{strong}", data=asked).status_code == 403
    assert client.get(f"/reconcile/{strong}/preview?id=A-1").status_code == 403
    for given in (secret, strong):
        headers = {"Authorization": f"Bearer {given}"}
        assert client.post("/reconcile", data=asked, headers=headers).status_code == 200
    preflight = client.options("/reconcile")
    assert preflight.status_code == 204
    assert "Authorization" in preflight.headers["access-control-allow-headers"]


def test_jsonp(key: tuple[TestClient, str]) -> None:
    client, secret = key
    asked = {"queries": json.dumps({"q": {"query": "Northwind Robotics GmbH"}}), "callback": "jQuery1_2.cb"}
    answer = client.get(f"/reconcile/{secret}", params=asked)
    assert answer.headers["content-type"].startswith("application/javascript")
    assert answer.text.startswith("/**/jQuery1_2.cb({") and answer.text.endswith(");")
    for wrong in ("alert(1)//", "a b", "", "a" * 300):
        assert client.get(f"/reconcile/{secret}", params=asked | {"callback": wrong}).status_code == 422


@pytest.mark.parametrize(
    ("queries", "status"),
    [
        ("{", 400),
        ("[]", 422),
        ('{"q": {}}', 422),
        ('{"q": {"query": ["x"]}}', 422),
        ('{"q": {"properties": []}}', 422),
        ('{"q": {"query": "x", "properties": [{"p": "x", "v": "y"}]}}', 422),
        ("{}", 200),
    ],
)
def test_queries_that_are_none(key: tuple[TestClient, str], queries: str, status: int) -> None:
    client, secret = key
    assert client.post(f"/reconcile/{secret}", data={"queries": queries}).status_code == status


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the specification's examples are not at ../shared")
def test_the_examples_of_the_specification(key: tuple[TestClient, str]) -> None:
    client, secret = key
    examples = SCHEMAS / "examples" / "reconciliation-query-batch"
    for example in sorted(examples.glob("*/*.json")):
        answer = client.post(f"/reconcile/{secret}", data={"queries": example.read_text()})
        assert answer.status_code == (200 if example.parent.name == "valid" else 422), example.name
