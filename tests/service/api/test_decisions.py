"""The decision log over HTTP, and what may be done with an assignment."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.organisation import organisation


@pytest.fixture
def ops(admin: TestClient) -> TestClient:
    """A caller who may do everything, of an organisation that decided twelve contacts."""
    organisation(admin.app.state.services.database)  # type: ignore[attr-defined]
    people = [{"email": f"p{n}@firm{n}.example", "external_id": f"c-{n}"} for n in range(10)]
    owned = [
        {"email": "dana@northwind-robotics.com", "company": "Northwind Robotics"},
        {"email": "eve@northwind-robotics.com", "company": "Northwind Robotics", "title": "student"},
    ]
    assert admin.post("/v1/contacts/batch", json={"contacts": people + owned}).status_code == 200
    return admin


def listed(client: TestClient, **filters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/decisions", params=filters).json()["decisions"]
    return found


def test_the_log_is_newest_first_and_paged_by_a_cursor(ops: TestClient) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": "5"} | ({"cursor": cursor} if cursor else {})
        page = ops.get("/v1/decisions", params=params).json()
        seen += [decision["id"] for decision in page["decisions"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 12
    assert seen == [decision["id"] for decision in listed(ops, limit="200")]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"account": "A-1"}, 2),
        ({"rep": "dan"}, 1),
        ({"rule": "students"}, 1),
        ({"routing_outcome": "rejected"}, 1),
        ({"match_outcome": "unmatched"}, 10),
        ({"email": "P3@firm3.example"}, 1),
        ({"since": "2099-01-01T00:00:00Z"}, 0),
        ({"until": "2099-01-01T00:00:00Z"}, 12),
        ({"account": "A-1", "routing_outcome": "assigned"}, 1),
    ],
)
def test_filters_narrow_the_log(ops: TestClient, filters: dict[str, str], count: int) -> None:
    assert len(listed(ops, **filters)) == count


@pytest.mark.parametrize(
    "wrong", [{"cursor": "%%%"}, {"cursor": "bm90aGluZw=="}, {"limit": "0"}, {"since": "today"}]
)
def test_a_wrong_filter_is_named(ops: TestClient, wrong: dict[str, str]) -> None:
    answer = ops.get("/v1/decisions", params=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == next(iter(wrong))


def test_one_decision_whole_and_in_words(ops: TestClient) -> None:
    [decision] = listed(ops, rep="dan")
    path = f"/v1/decisions/{decision['id']}"
    assert ops.get(path).json() == decision
    facts = ops.get(f"{path}/facts").json()
    assert facts["account"]["owner"] == "dan"
    words = ops.get(f"{path}/explanation").json()
    assert words["summary"] == "Dan has the contact, by the rule 'owner'."
    assert words["match"].startswith("Matched to Northwind Robotics GmbH (A-1)")
    assert words["candidates"][0]["lines"]


@pytest.mark.parametrize("path", ["", "/facts", "/explanation"])
def test_a_decision_that_does_not_exist_is_not_found(ops: TestClient, path: str) -> None:
    assert ops.get(f"/v1/decisions/nothing{path}").status_code == 404


def test_the_life_of_an_assignment(ops: TestClient) -> None:
    decision = listed(ops, email="p1@firm1.example")[0]
    path = f"/v1/assignments/{decision['assignment']['id']}"
    assert ops.post(f"{path}/accept").json()["status"] == "accepted"
    rejected = ops.post(f"{path}/reject", json={"reason": "not mine"}).json()
    assert rejected["routing"]["assignee"] != decision["routing"]["assignee"]
    assert ops.post(f"{path}/accept").status_code == 409
    path = f"/v1/assignments/{rejected['assignment']['id']}"
    moved = ops.post(f"{path}/reassign", json={"rep": "dan", "reason": "knows them"}).json()
    assert moved["routing"]["hand"] == {"by": "bootstrap", "reason": "knows them"}
    path = f"/v1/assignments/{moved['assignment']['id']}"
    done = ops.post(f"{path}/complete").json()
    assert (done["status"], done["rep"]) == ("completed", "dan")
    assert len(listed(ops, email="p1@firm1.example")) == 3


def test_a_rejection_needs_a_reason(ops: TestClient) -> None:
    number = listed(ops, email="p1@firm1.example")[0]["assignment"]["id"]
    answer = ops.post(f"/v1/assignments/{number}/reject", json={})
    assert answer.json()["errors"] == [{"pointer": "#/reason", "detail": "is required"}]
