"""Reports over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from service.db import rulebooks
from service.reports.register import REPORTS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def told(admin: TestClient) -> TestClient:
    """A caller of an organisation with one rep in one pool, and two contacts that came in."""
    assert admin.put("/v1/reps/ana", json={"name": "Ana"}).status_code < 300
    assert admin.put("/v1/pools/inbound", json={"members": [{"rep": "ana", "weight": 1}]}).status_code < 300
    book = "version: 1\nrules: []\nfallback:\n  then: {pool: inbound}\n  sla: 4 hours\n"
    services = admin.app.state.services  # type: ignore[attr-defined]
    with services.database.write() as connection:
        rulebooks.publish(connection, book, author="test", reason=None, at=services.now())
    for number in range(2):
        sent = admin.post("/v1/contacts", json={"email": f"p{number}@firm{number}.example", "source": "form"})
        assert sent.status_code == 201, sent.text
    return admin


def test_a_report_defines_what_it_counts_and_leads_to_it(told: TestClient) -> None:
    found = told.get("/v1/reports/speed-to-lead", params={"group_by": "pool,rep", "zone": "Europe/Berlin"})
    assert found.status_code == 200, found.text
    body = found.json()
    assert body["group_by"] == ["pool", "rep"]
    assert body["groups"][0]["group"] == {"pool": "inbound", "rep": "ana"}
    assert body["groups"][0]["figures"]["assigned"] == body["total"]["figures"]["assigned"] == 2
    assert {each["measure"] for each in body["definitions"]} == body["total"]["figures"].keys()
    leads = told.get(body["groups"][0]["lists"]["assigned"])
    assert leads.status_code == 200, leads.text
    assert (leads.json()["count"], len(leads.json()["items"])) == (2, 2)
    one = told.get(f"/v1/decisions/{leads.json()['items'][0]['decision_id']}")
    assert one.json()["assignment"]["id"] == leads.json()["items"][0]["assignment_id"]


def test_a_list_has_pages(told: TestClient) -> None:
    first = told.get("/v1/reports/fallback/list", params={"measure": "decided", "limit": 1}).json()
    second = told.get(
        "/v1/reports/fallback/list",
        params={"measure": "decided", "limit": 1, "cursor": first["next_cursor"]},
    ).json()
    assert (first["count"], second["next_cursor"]) == (2, None)
    assert first["items"] != second["items"]


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_answers_as_json_and_as_csv(told: TestClient, name: str) -> None:
    assert told.get(f"/v1/reports/{name}").json()["report"] == name
    text = told.get(f"/v1/reports/{name}", params={"format": "csv"})
    assert text.headers["content-type"].startswith("text/csv")
    assert text.text.count("\r\n") == 2


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("speed-to-lead?group_by=colour", 422, "group_by"),
        ("speed-to-lead?zone=Middle-earth", 422, "zone"),
        ("speed-to-lead?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", 422, "since"),
        ("speed-to-lead?conflict=x", 422, "conflict"),
        ("nothing", 404, None),
        ("load/list?measure=joy", 422, "measure"),
        ("load/list", 422, "measure"),
    ],
)
def test_what_is_wrong_is_named(admin: TestClient, path: str, status: int, named: str | None) -> None:
    found = admin.get(f"/v1/reports/{path}")
    assert found.status_code == status
    assert [error["parameter"] for error in found.json().get("errors", [])] == ([named] if named else [])
