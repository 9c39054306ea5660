"""Sources: made, changed, rotated, deleted; their quarantine is seen and retried."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.service.api.conftest import beside

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

POISON = {"event_id": "e1", "org": {"name": "Acme"}}


@SQLITE
def test_a_source_and_its_secret(admin: TestClient) -> None:
    response = admin.post("/v1/sources", json={"name": "forms"})
    assert (response.status_code, response.headers["cache-control"]) == (201, "no-store")
    secret = response.json()["secret"]
    assert secret.startswith("whsec_")
    shown = admin.get("/v1/sources/forms")
    assert shown.json()["path"] == "/v1/webhooks/forms"
    assert [each["ends_with"] for each in shown.json()["secrets"]] == [secret[-4:]]
    assert secret not in shown.text + admin.get("/v1/sources").text
    assert admin.post("/v1/sources", json={"name": "forms"}).status_code == 409


@SQLITE
@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"name": "Forms!"}, "#/name", "small letters"),
        ({"name": "f", "kind": "fax"}, "#/kind", "must be one of calendly, clearbit"),
        ({"name": "f", "token_header": "X Token"}, "#/token_header", "name of an HTTP header"),
        ({"name": "f", "secret": "short"}, "#/secret", "at least 16"),
        ({"name": "f", "secret": "long enough but no key"}, "#/secret", "right form"),
        ({"name": "f", "secret": "long-enough-but-no-key"}, "#", "not whsec_ followed by base64"),
        (
            {"name": "f", "mapping": {"mail": "x"}},
            "#/mapping",
            "mail is not a field of a contact; did you mean email",
        ),
        (
            {"name": "f", "mapping": {"email": "a..b"}},
            "#/mapping",
            "email.path: must be names joined by dots",
        ),
        ({"name": "f", "secrets": []}, "#/secrets", "is not a field here"),
    ],
)
def test_what_is_wrong_is_named(
    admin: TestClient, body: dict[str, object], pointer: str, detail: str
) -> None:
    response = admin.post("/v1/sources", json=body)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["pointer"] == pointer
    assert detail in error["detail"]
    if "secret" in body:
        assert str(body["secret"]) not in response.text


@SQLITE
def test_a_secret_may_be_dictated_by_the_sender(admin: TestClient) -> None:
    dictated = "token-that-the-sender-made"
    made = admin.post("/v1/sources", json={"name": "f", "token_header": "X-Token", "secret": dictated})
    assert made.json()["secret"] == dictated
    answer = beside(admin).post("/v1/webhooks/f", json={"company": "A"}, headers={"X-Token": dictated})
    assert answer.status_code == 202


def test_rotation_keeps_the_old_secrets_for_a_while_and_not_too_many(admin: TestClient) -> None:
    admin.post("/v1/sources", json={"name": "forms"})
    for number in range(2, 6):
        response = admin.post("/v1/sources/forms/rotate", json={"overlap_hours": 24})
        assert len(response.json()["source"]["secrets"]) == number
    assert admin.post("/v1/sources/forms/rotate", json={}).status_code == 409
    assert admin.post("/v1/sources/forms/rotate", json={"secret": "no-key-at-all-here"}).status_code == 422


@SQLITE
def test_a_rotation_without_overlap_ends_the_old_secret_at_once(admin: TestClient) -> None:
    admin.post("/v1/sources", json={"name": "forms"})
    response = admin.post("/v1/sources/forms/rotate", json={"overlap_hours": 0})
    assert [each["until"] for each in response.json()["source"]["secrets"]] == [None]


def test_a_quarantined_item_is_seen_and_retried_with_another_mapping(admin: TestClient) -> None:
    admin.post("/v1/sources", json={"name": "forms"})
    (result,) = admin.post("/v1/webhooks/forms", json=POISON).json()["results"]
    assert result["result"] == "quarantined"
    mapping = {"company": "org.name", "event_id": "event_id"}
    assert admin.patch("/v1/sources/forms", json={"mapping": mapping}).json()["mapping"] == mapping
    assert admin.post(f"/v1/sources/forms/items/{result['id']}/retry").json() == {"retried": 1}
    (item,) = admin.get("/v1/sources/forms/items").json()["items"]
    assert (item["state"], item["problem"], item["attempts"]) == ("waiting", None, 0)
    assert admin.post(f"/v1/sources/forms/items/{result['id']}/retry").status_code == 404


def test_all_quarantined_items_are_retried_at_once(admin: TestClient) -> None:
    admin.post("/v1/sources", json={"name": "forms"})
    admin.post("/v1/webhooks/forms", json=[{"event_id": f"e{number}"} for number in range(5)])
    assert admin.post("/v1/sources/forms/items/retry").json() == {"retried": 5}


def test_items_are_paged(admin: TestClient) -> None:
    admin.post("/v1/sources", json={"name": "forms"})
    admin.post("/v1/webhooks/forms", json=[{"event_id": f"e{number}", "company": "A"} for number in range(5)])
    seen, before = [], None
    for _ in range(3):
        params = {"limit": 2} | ({"before": before} if before else {})
        page = admin.get("/v1/sources/forms/items", params=params).json()
        seen += [item["key"] for item in page["items"]]
        before = page["next_before"]
    assert seen == ["id:e4", "id:e3", "id:e2", "id:e1", "id:e0"]
    assert before is None


@SQLITE
def test_a_body_is_tried_on_a_mapping_and_nothing_is_kept(admin: TestClient) -> None:
    admin.post("/v1/sources", json={"name": "forms", "mapping": {"company": "org.name"}})
    found = admin.post("/v1/sources/forms/preview", json={"org": {"name": "Acme"}}).json()
    assert found["contact"]["company"] == "Acme"
    assert admin.post("/v1/sources/forms/preview", json={}).json()["problem"].startswith("none of email")
    assert admin.get("/v1/sources/forms/items").json()["items"] == []


@SQLITE
def test_a_source_is_not_deleted_while_its_items_wait(admin: TestClient) -> None:
    admin.post("/v1/sources", json={"name": "forms"})
    admin.post("/v1/webhooks/forms", json={"company": "A"})
    response = admin.delete("/v1/sources/forms")
    assert response.status_code == 409
    assert "1 items of this source wait" in response.json()["detail"]


def test_a_deleted_source_is_gone(admin: TestClient) -> None:
    admin.post("/v1/sources", json={"name": "forms"})
    assert admin.delete("/v1/sources/forms").status_code == 204
    for response in (
        admin.get("/v1/sources/forms"),
        admin.patch("/v1/sources/forms", json={}),
        admin.post("/v1/sources/forms/rotate", json={}),
        admin.delete("/v1/sources/forms"),
        admin.post("/v1/sources/forms/items/retry"),
        admin.post("/v1/sources/forms/preview", json={}),
    ):
        assert response.status_code == 404
    assert admin.post("/v1/webhooks/forms", json={"company": "A"}).status_code == 422


@SQLITE
def test_only_ops_may_change_sources(admin: TestClient) -> None:
    key = admin.post("/v1/keys", json={"name": "form", "scopes": ["intake", "read", "match"]}).json()["key"]
    assert admin.get("/v1/sources", headers={"Authorization": f"Bearer {key}"}).status_code == 403
