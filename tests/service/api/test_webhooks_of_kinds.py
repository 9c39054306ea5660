"""Calls of real tools from end to end: each is answered the way it wants; one poisoned item among many."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api import webhook_answers
from service.db import inbox
from tests.service.api.conftest import beside
from tests.service.organisation import organisation

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SECRET = "a-shared-secret-of-ours"
ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>'
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">{}</notifications></e:Body></e:Envelope>'
)
LEAD = (
    "<Notification><Id>04l{0}</Id>"
    '<sObject xsi:type="sf:Lead" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
    "<sf:Id>00Q{0}</sf:Id><sf:Company>Firm {0}</sf:Company><sf:NumberOfEmployees>{1}</sf:NumberOfEmployees>"
    "</sObject></Notification>"
)


def made(admin: TestClient, kind: str, **more: Any) -> TestClient:
    """A source `src` of a kind; the client that posts to it knows no API key."""
    answer = admin.post("/v1/sources", json={"name": "src", "kind": kind, "secret": SECRET, **more})
    assert answer.status_code == 201, answer.text
    return beside(admin)


def states(admin: TestClient) -> list[str]:
    return [each["state"] for each in admin.get("/v1/sources/src/items?limit=200").json()["items"]]


def test_a_hundred_notifications_with_a_poisoned_one_are_acknowledged(admin: TestClient) -> None:
    sender = made(admin, "salesforce-outbound")
    leads = [LEAD.format(n, "true" if n == 50 else "10") for n in range(100)]
    leads[50] = leads[50].replace(">true<", ">" + "9" * 25 + "<").replace("Firm 50", "Fi\x7frm")
    body = ENVELOPE.format("".join(leads)).encode()
    for _ in range(2):  # what is sent again is acknowledged again, and kept once
        answer = sender.post(
            f"/v1/webhooks/src?token={SECRET}",
            content=body,
            headers={"content-type": "text/xml; charset=UTF-8"},
        )
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
        assert "<Ack>true</Ack>" in answer.text
    assert sorted(states(admin)) == ["quarantined"] + ["waiting"] * 99
    refused = sender.post("/v1/webhooks/src", content=body, headers={"content-type": "text/xml"})
    assert refused.status_code == 401
    garbled = sender.post(
        f"/v1/webhooks/src?token={SECRET}", content=body[:-20], headers={"content-type": "text/xml"}
    )
    assert garbled.status_code == 400 and "Ack" not in garbled.text


def test_marketo_is_answered_flat_and_with_200_whatever_comes(admin: TestClient) -> None:
    made(admin, "marketo", token_header="X-Muster-Token")
    headers = {"x-muster-token": SECRET, "authorization": ""}
    lead = {"email": "ana@acme.example", "company": "Acme", "id": 1}

    def said(body: Any) -> dict[str, Any]:
        answer = admin.post("/v1/webhooks/src", json=body, headers=headers)
        assert answer.status_code == 200
        assert all(isinstance(value, str | bool | int | float) for value in answer.json().values())
        return answer.json()

    assert said(lead)["status"] == "pending", "no rulebook is live"
    organisation(admin.app.state.services.database)  # type: ignore[attr-defined]
    decided = said(lead)
    assert (decided["status"], decided["outcome"]) == ("decided", "assigned") and decided["rep"]
    assert said(lead)["decision_id"] == decided["decision_id"]
    assert said({"id": 2})["status"] == "quarantined"
    assert said([])["status"] == "ignored"


def test_a_workflow_action_is_answered_with_output_fields(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_answers, "WAIT_SECONDS", 0.01)
    sender = made(admin, "hubspot-action")
    about = {"objectId": 7, "objectType": "CONTACT"}
    said = {"callbackId": "ap-1", "object": about, "inputFields": {"email": "a@acme.example"}}
    raw = json.dumps(said).encode()
    base = admin.app.state.services.settings.base_url  # type: ignore[attr-defined]
    text = SECRET.encode() + b"POST" + f"{base}/v1/webhooks/src".encode() + raw
    headers = {
        "content-type": "application/json",
        "x-hubspot-signature": hashlib.sha256(text).hexdigest(),
        "x-hubspot-signature-version": "v2",
    }
    fields = sender.post("/v1/webhooks/src", content=raw, headers=headers).json()["outputFields"]
    assert fields["hs_execution_state"] == "SUCCESS"
    assert fields["status"] == "pending", "nobody decides here, and the workflow goes on all the same"
    assert states(admin) == ["waiting"]


def test_what_says_nothing_of_a_contact_is_kept_and_can_be_retried(admin: TestClient) -> None:
    sender = made(admin, "segment", token_header="X-Token")
    body = [
        {"type": "page", "messageId": "m1"},
        {"type": "identify", "messageId": "m2", "traits": {"email": "a@b.example"}},
    ]
    answer = sender.post("/v1/webhooks/src", json=body, headers={"x-token": SECRET})
    assert [each["result"] for each in answer.json()["results"]] == ["ignored", "accepted"]
    item = answer.json()["results"][0]["id"]
    assert admin.post(f"/v1/sources/src/items/{item}/retry").json() == {"retried": 1}
    preview = admin.post("/v1/sources/src/preview", json=body[1]).json()
    assert (preview["meaning"], preview["contact"]["email"], preview["event_id"]) == (
        "contact",
        "a@b.example",
        "m2",
    )


def test_the_crm_of_a_source_is_never_shown(admin: TestClient) -> None:
    made(admin, "hubspot")
    crm = {"api": "hubspot", "token": "pat-eu1-secret"}
    changed = admin.patch("/v1/sources/src", json={"crm": crm})
    assert changed.json()["crm"] == "hubspot"
    assert "pat-eu1-secret" not in changed.text + admin.get("/v1/sources").text
    wrong = admin.patch("/v1/sources/src", json={"crm": {"api": "salesforce", "token": "pat-eu1-secret"}})
    assert wrong.status_code == 422 and "pat-eu1-secret" not in wrong.text
    with admin.app.state.services.database.read() as connection:  # type: ignore[attr-defined]
        assert inbox.lags(connection) == {}
