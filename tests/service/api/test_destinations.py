"""Destinations of every kind: made, shown without what is secret, changed."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.delivery.kinds import KINDS

MADE: dict[str, dict[str, Any]] = {
    "webhook": {"url": "https://hooks.example.com/x"},
    "cloudevents": {"url": "https://hooks.example.com/x", "settings": {"mode": "binary"}},
    "salesforce": {
        "url": "https://acme.my.salesforce.com",
        "credentials": {"client_id": "app", "client_secret": "hush-hush"},
    },
    "hubspot": {"credentials": {"access_token": "hush-hush"}},
    "slack": {"url": "https://hooks.slack.com/services/T/B/hush-hush"},
    "email": {
        "url": "smtps://mail.example.com",
        "settings": {"sender": "muster@example.com"},
        "credentials": {"username": "muster", "password": "hush-hush"},
    },
}


def test_every_kind_can_be_made_and_shows_nothing_secret(admin: TestClient) -> None:
    assert MADE.keys() == KINDS.keys()
    for kind, said in MADE.items():
        made = admin.post("/v1/destinations", json={"name": kind, "kind": kind} | said)
        assert made.status_code == 201, made.text
        assert (made.json()["secret"] is not None) == KINDS[kind].signed
        assert "hush" not in made.text
    listed = {each["kind"]: each for each in admin.get("/v1/destinations").json()["destinations"]}
    assert "hush" not in str(listed)
    assert listed["hubspot"]["url"] == "https://api.hubapi.com"
    assert listed["slack"]["url"] == "https://hooks.slack.com/..."
    assert listed["email"]["credentials"] == ["password", "username"]
    assert listed["salesforce"]["settings"]["audience"] == "https://login.salesforce.com"
    asked = [event for event in listed["slack"]["events"] if not event.startswith("program.")]
    assert asked == ["assignment.breached", "assignment.escalated", "assignment.reminder", "contact.assigned"]
    assert "program.nominated" in listed["slack"]["events"]
    assert listed["webhook"]["events"] == []
    assert admin.post(f"/v1/destinations/{listed['slack']['id']}/rotate", json={}).status_code == 409
    changed = admin.patch(f"/v1/destinations/{listed['cloudevents']['id']}", json={"settings": {}}).json()
    assert changed["settings"] == {"mode": "structured"}


@pytest.mark.parametrize(
    ("said", "pointer", "detail"),
    [
        ({"kind": "salesforce", "url": "https://x.example"}, "#/credentials/client_id", "required"),
        (
            {"kind": "webhook", "url": "https://x.example", "settings": {"mode": "x"}},
            "#/settings/mode",
            "it has: none",
        ),
        ({"kind": "slack"}, "#/url", "is needed for the kind slack"),
        ({"kind": "email", "url": "https://x.example"}, "#/url", "smtps://host"),
        ({"kind": "slack", "url": "https://x.example", "events": ["contact.held"]}, "#/events", "tells of"),
        ({"kind": "hubspot"}, "#/credentials", "access_token is needed"),
        (
            {"kind": "email", "url": "smtp://mail.example.com", "settings": {"sender": "a b"}},
            "#/settings/sender",
            "e-mail address",
        ),
    ],
)
def test_what_is_wrong_is_named(admin: TestClient, said: dict[str, Any], pointer: str, detail: str) -> None:
    answer = admin.post("/v1/destinations", json={"name": "x"} | said)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert detail in error["detail"]
