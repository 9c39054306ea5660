"""Hand-overs, disputes and credit over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from service.db import rulebooks

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BOOK = """
version: 1
rules:
  - id: owner
    because: Accounts stay with their owner
    when: {account.owner: {exists: true}}
    then: {owner of: account}
    credit: [{kind: sourced, to: assignee}]
fallback:
  then: {queue: nobody}
"""


@pytest.fixture
def org(admin: TestClient) -> TestClient:
    """Ana owns Acme and has a contact there; Bo is there to take over."""
    for rep in ("ana", "bo"):
        assert admin.put(f"/v1/reps/{rep}", json={"name": rep.title()}).status_code < 300
    acme = {"name": "Acme Robotics GmbH", "domains": ["acme-robotics.com"], "owner": "ana"}
    assert admin.put("/v1/accounts/A-1", json=acme).status_code < 300
    services = admin.app.state.services  # type: ignore[attr-defined]
    with services.database.write() as connection:
        rulebooks.publish(connection, BOOK, author="test", reason=None, at=services.now())
    sent = admin.post("/v1/contacts", json={"email": "kim@acme-robotics.com", "external_id": "c-1"})
    assert sent.json()["routing"]["assignee"] == "ana", sent.text
    return admin


def test_a_handover_from_the_plan_to_the_undo(org: TestClient) -> None:
    body = {"rep": "ana", "kind": "leaves", "reason": "left", "accounts": {"rep": "bo"}}
    plan = org.post("/v1/handovers", json=body)
    assert plan.status_code == 201, plan.text
    number = plan.json()["id"]
    assert {(each["kind"], each["action"]) for each in plan.json()["counts"]} == {
        ("rep", "deactivate"),
        ("account", "give"),
        ("assignment", "rules"),
    }
    text = org.get(f"/v1/handovers/{number}/items", params={"format": "csv"}).text
    assert text.splitlines()[2].startswith("account,A-1,Acme Robotics GmbH,OWNER,quiet,give,bo")
    wrong = org.post(f"/v1/handovers/{number}/apply", headers={"If-Match": '"another"'})
    assert wrong.status_code == 412
    done = org.post(f"/v1/handovers/{number}/apply", headers={"If-Match": plan.headers["etag"]})
    assert (done.status_code, done.json()["state"]) == (200, "applied"), done.text
    page = org.get(f"/v1/handovers/{number}/items", params={"limit": 2}).json()
    assert [each["state"] for each in page["items"]] == ["done", "done"]
    assert page["next_cursor"] == 1
    assert org.post(f"/v1/handovers/{number}/undo").json()["state"] == "undone"
    assert org.get("/v1/handovers", params={"rep": "ana"}).json()["handovers"][0]["state"] == "undone"
    assert org.get("/v1/accounts/A-1").json()["owner"] == "ana"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"rep": "ana", "kind": "leaves", "reason": "x", "accounts": {"rep": "nobody"}}, "#/accounts"),
        ({"rep": "nobody", "kind": "leaves", "reason": "x", "accounts": {"rep": "bo"}}, "#/rep"),
        ({"rep": "ana", "kind": "leaves", "reason": "x", "accounts": "manager"}, "#/accounts"),
    ],
)
def test_what_is_wrong_is_named(org: TestClient, body: dict[str, object], pointer: str) -> None:
    refused = org.post("/v1/handovers", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert org.get("/v1/handovers/none").status_code == 404


def test_a_dispute_and_the_credit_it_divides(org: TestClient) -> None:
    [decision] = org.get("/v1/decisions").json()["decisions"]
    claim = {"decision_id": decision["id"], "claimant": "bo", "reason": "I have called them for weeks"}
    opened = org.post("/v1/disputes", json=claim)
    assert (opened.status_code, opened.json()["level"]) == (201, "peers"), opened.text
    number = opened.json()["id"]
    assert org.get("/v1/disputes", params={"rep": "bo"}).json()["disputes"][0]["id"] == number
    split = {
        "resolution": "split",
        "note": "both",
        "credit": [{"kind": "sourced", "rep": rep, "share": 0.5} for rep in ("ana", "bo")],
    }
    settled = org.post(f"/v1/disputes/{number}/resolve", json=split)
    assert settled.json()["resolution"] == "split", settled.text
    totals = org.get("/v1/credits/totals").json()["totals"]
    assert [(each["rep"], each["credit"]) for each in totals] == [("ana", 0.5), ("bo", 0.5)]
    rows = org.get("/v1/credits", params={"limit": 2}).json()
    assert [each["reason"] for each in rows["credits"]] == ["earned", "taken"] and rows["next_cursor"]
    assert org.get("/v1/reports/conflicts").json()["total"]["figures"]["disputes"] == 1
    assert org.get("/v1/disputes/none").status_code == 404
