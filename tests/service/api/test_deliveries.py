"""Destinations and deliveries over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from service.app import create_app
from service.db.engine import Database
from service.db.tables import delivery, destination
from service.settings import Settings
from tests.service.deciding import remembered, tell

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

URL = "https://hooks.example.com/muster"


def database_of(client: TestClient) -> Database:
    found: Database = client.app.state.services.database  # type: ignore[attr-defined]
    return found


def make(client: TestClient, **said: Any) -> dict[str, Any]:
    response = client.post("/v1/destinations", json={"name": "crm", "url": URL, **said})
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()["destination"]
    return found


def queue(client: TestClient, *decisions: str, state: str = "waiting") -> None:
    """Queue a message for each decision, in this state."""
    database = database_of(client)
    with database.write() as connection:
        row = remembered(connection, decisions[0])
    tell(database, [(row, decision) for decision in decisions])
    with database.write() as connection:
        connection.execute(update(delivery).values(state=state, attempts=10 if state == "dead" else 0))


@SQLITE
def test_a_destination_and_its_secret(admin: TestClient) -> None:
    response = admin.post("/v1/destinations", json={"name": "crm", "url": URL, "events": ["contact.held"]})
    assert (response.status_code, response.headers["cache-control"]) == (201, "no-store")
    secret, made = response.json()["secret"], response.json()["destination"]
    assert secret.startswith("whsec_")
    shown = admin.get(f"/v1/destinations/{made['id']}")
    assert (shown.json()["events"], shown.json()["active"]) == (["contact.held"], True)
    assert secret not in shown.text + admin.get("/v1/destinations").text
    assert admin.post("/v1/destinations", json={"name": "crm", "url": URL}).status_code == 409


@SQLITE
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "http://127.0.0.1:9000/"}, "#/url"),
        ({"url": "https://10.0.0.1/"}, "#/url"),
        ({"url": "ftp://hooks.example.com/"}, "#/url"),
        ({"url": "https://me:pass@hooks.example.com/"}, "#/url"),
        ({"events": ["contact.lost"]}, "#/events/0"),
        ({"secret": "x"}, "#/secret"),
        ({"name": ""}, "#/name"),
    ],
)
def test_what_is_wrong_is_named(admin: TestClient, body: dict[str, Any], pointer: str) -> None:
    response = admin.post("/v1/destinations", json={"name": "crm", "url": URL, **body})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@SQLITE
def test_what_the_deployment_allows_is_taken(database_url: str) -> None:
    key = "bootstrap-key-of-the-tests"
    settings = Settings.from_env(
        {"MUSTER_DELIVERY_ALLOW": "127.0.0.1:9000"},
        database_url=database_url,
        bootstrap_key=key,
        worker=False,
    )
    with TestClient(create_app(settings), headers={"Authorization": f"Bearer {key}"}) as client:
        assert make(client, url="http://127.0.0.1:9000/hook")["url"] == "http://127.0.0.1:9000/hook"


@SQLITE
def test_changing_pausing_and_resuming(admin: TestClient) -> None:
    path = f"/v1/destinations/{make(admin)['id']}"
    changed = admin.patch(path, json={"name": "hub", "events": ["contact.assigned"], "active": False}).json()
    assert (changed["name"], changed["events"], changed["active"]) == ("hub", ["contact.assigned"], False)
    assert admin.patch(path, json={"url": "http://10.0.0.1/"}).status_code == 422
    with database_of(admin).write() as connection:
        connection.execute(update(destination).values(disabled_reason="it answered 410 Gone"))
    back = admin.patch(path, json={"active": True}).json()
    assert (back["active"], back["disabled_reason"]) == (True, None)


def test_two_destinations_cannot_have_one_name(admin: TestClient) -> None:
    make(admin)
    other = make(admin, name="other")
    assert admin.patch(f"/v1/destinations/{other['id']}", json={"name": "crm"}).status_code == 409


@SQLITE
def test_rotation_signs_with_both_for_a_while(admin: TestClient) -> None:
    made = make(admin)
    rotated = admin.post(f"/v1/destinations/{made['id']}/rotate", json={"overlap_hours": 24}).json()
    assert len(rotated["destination"]["secrets"]) == 2
    assert rotated["destination"]["secrets"][0]["ends_with"] == rotated["secret"][-4:]


def test_a_deleted_destination_leaves_its_record_and_its_name(admin: TestClient) -> None:
    made = make(admin)
    queue(admin, "d-1", state="delivered")
    assert admin.delete(f"/v1/destinations/{made['id']}").status_code == 204
    assert admin.get(f"/v1/destinations/{made['id']}").status_code == 404
    assert len(admin.get("/v1/deliveries").json()["deliveries"]) == 1
    make(admin)


@SQLITE
def test_only_an_admin_may_say_where_decisions_go(admin: TestClient) -> None:
    key = admin.post("/v1/keys", json={"name": "ops", "scopes": ["ops-editor"]}).json()["key"]
    ops = {"Authorization": f"Bearer {key}"}
    assert admin.get("/v1/destinations", headers=ops).status_code == 403
    assert admin.get("/v1/deliveries", headers=ops).status_code == 200


def test_deliveries_are_found_by_what_they_are(admin: TestClient) -> None:
    made = make(admin)
    queue(admin, "d-1", "d-2", "d-3")

    def found(**params: Any) -> list[str]:
        response = admin.get("/v1/deliveries", params=params)
        assert response.status_code == 200, response.text
        return [each["decision_id"] for each in response.json()["deliveries"]]

    assert found() == ["d-3", "d-2", "d-1"]
    assert found(destination=made["id"], state="waiting", event="contact.assigned") == ["d-3", "d-2", "d-1"]
    assert found(decision="d-2") == ["d-2"]
    assert found(state="dead") == found(destination="nobody") == found(event="contact.held") == []
    page = admin.get("/v1/deliveries", params={"limit": 2}).json()
    assert found(before=page["next_before"]) == ["d-1"]
    assert admin.get("/v1/deliveries", params={"state": "lost"}).status_code == 422


def test_one_delivery_is_replayed_when_it_is_not_on_its_way(admin: TestClient) -> None:
    make(admin)
    queue(admin, "d-1", state="dead")
    (dead,) = admin.get("/v1/deliveries").json()["deliveries"]
    path = f"/v1/deliveries/{dead['id']}"
    again = admin.post(f"{path}/replay").json()
    assert (again["state"], again["attempts"], again["message_id"]) == ("waiting", 0, dead["message_id"])
    assert admin.post(f"{path}/replay").status_code == 409
    assert admin.get(path).json()["payload"]["type"] == "contact.assigned"
    assert admin.get("/v1/deliveries/999").status_code == 404
    assert admin.post("/v1/deliveries/999/replay").status_code == 404


def test_all_that_was_given_up_is_replayed(admin: TestClient) -> None:
    made = make(admin)
    queue(admin, "d-1", "d-2", "d-3", state="dead")
    assert admin.post(f"/v1/destinations/{made['id']}/replay").json() == {"replayed": 3}
    assert admin.post(f"/v1/destinations/{made['id']}/replay").json() == {"replayed": 0}
    assert admin.post("/v1/destinations/nobody/replay").status_code == 404
