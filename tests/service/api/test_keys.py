from __future__ import annotations

import pytest
from fastapi.testclient import TestClient


def test_the_life_of_a_key(admin: TestClient) -> None:
    made = admin.post("/v1/keys", json={"name": "web form", "scopes": ["intake"]})
    assert made.status_code == 201
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    assert admin.post("/v1/contacts", json={}, headers=key).status_code == 422
    assert admin.get("/v1/keys", headers=key).status_code == 403
    address = f"/v1/keys/{made.json()['id']}"
    assert [admin.delete(address).status_code for _ in range(2)] == [204, 204]
    assert admin.post("/v1/contacts", json={}, headers=key).status_code == 401
    (listed,) = admin.get("/v1/keys").json()["keys"]
    assert listed["revoked_at"]
    assert "key" not in listed
    assert "hash" not in listed


def test_a_key_that_does_not_exist_cannot_be_revoked(admin: TestClient) -> None:
    assert admin.delete("/v1/keys/none").status_code == 404


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"name": "", "scopes": ["intake"]}, "#/name"),
        ({"name": "a", "scopes": []}, "#/scopes"),
        ({"name": "a", "scopes": ["everything"]}, "#/scopes/0"),
        ({"name": "a", "scopes": ["read"], "hash": "x"}, "#/hash"),
    ],
)
def test_a_key_that_cannot_be_made(admin: TestClient, body: dict[str, object], place: str) -> None:
    answer = admin.post("/v1/keys", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [place]
