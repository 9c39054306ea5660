"""Signals over HTTP: sent, listed, put on accounts; engagement and activations read back; who may."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from service.engagement.deciding import Deciding
from tests.service.served import served, services_of

RULES = """
version: 1
rules:
  - {id: active, because: It engages, when: {activation.kind: {exists: true}}, then: {queue: active}}
fallback: {then: {queue: inbound}}
"""
FORMS = [{"kind": "Form Submission", "email": f"{name}@acme.example"} for name in ("ann", "ben", "cora")]


def test_from_the_signal_to_the_decision(database_url: str) -> None:
    with served(database_url, rulebook=RULES) as client:
        client.put("/v1/accounts/A/1", json={"name": "Acme", "website": "acme.example"}).raise_for_status()
        client.post("/v1/program/targets", json={"account": "A/1", "tier": "one_to_few", "reason": "fits"})
        unknown = {"kind": "intent", "source": "6sense", "domain": "nobody.example", "score": 80}
        sent = client.post("/v1/signals", json=[*FORMS, unknown, {"kind": "form"}, {**unknown, "score": 101}])
        assert [each["status"] for each in sent.json()["results"]] == [201, 201, 201, 201, 422, 422]
        assert "account_id, domain" in sent.json()["results"][4]["problem"]["errors"][0]["detail"]
        again = client.post("/v1/signals", json=FORMS)
        assert [each["outcome"] for each in again.json()["results"]] == ["unchanged"] * 3
        _read(client)
        _place(client)
        services = services_of(client)
        assert Deciding(services.database, services.flow.handle, services.now).run()
        [activated] = client.get("/v1/program/activations", params={"account": "A/1"}).json()["activations"]
        decision = client.get(f"/v1/decisions/{activated['decision_id']}").json()
        assert (decision["routing"]["rule"], decision["contact"]["source"]) == ("active", "activation")
        reader = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()["key"]
        headers = {"Authorization": f"Bearer {reader}"}
        assert client.get("/v1/signals", headers=headers).status_code == 200
        for path in ("/v1/signals", "/v1/signals/1/place", "/v1/signals/retry"):
            assert client.post(path, json=[], headers=headers).status_code == 403


def _read(client: TestClient) -> None:
    first = client.get("/v1/signals", params={"limit": 2}).json()
    rest = client.get("/v1/signals", params={"limit": 5, "cursor": first["next_cursor"]}).json()
    ids = [each["id"] for each in first["signals"] + rest["signals"]]
    assert (len(ids), ids, rest["next_cursor"]) == (4, sorted(ids, reverse=True), None)
    for cursor in ("x", "MjAyNi0wMS0wMVQwMDowMDowMCswMDowMCB4"):
        assert client.get("/v1/signals", params={"cursor": cursor}).status_code == 422
    assert client.get("/v1/program/engagement/accounts", params={"cursor": "x y"}).status_code == 422
    assert client.get("/v1/program/engagement", params={"account": "nobody"}).status_code == 404
    found: dict[str, Any] = client.get("/v1/program/engagement", params={"account": "A/1"}).json()
    assert (found["score"], found["people"], found["tier"]) == (75.0, 3, "one_to_few")
    assert found["kinds"] == [{"kind": "form", "points": 75.0}]
    assert [each["points"] for each in found["why"]] == [25.0] * 3
    assert found["engaged"] == ["email:ann@acme.example", "email:ben@acme.example", "email:cora@acme.example"]
    assert [(each["signals"], each["strength"]) for each in found["days"]] == [(3, 3.0)]
    ranked = client.get("/v1/program/engagement/accounts", params={"limit": 1}).json()
    assert [(each["account"], each["score"]) for each in ranked["accounts"]] == [("A/1", 75.0)]
    none = client.get("/v1/program/engagement/accounts", params={"tier": "strategic"}).json()
    assert none == {"accounts": [], "next_cursor": None}


def _place(client: TestClient) -> None:
    unmatched = client.get("/v1/signals/unmatched").json()
    assert (unmatched["count"], unmatched["signals"][0]["outcome"]) == (1, "unmatched")
    row = unmatched["signals"][0]["id"]
    assert client.post(f"/v1/signals/{row}/place", json={"account": "nobody"}).status_code == 422
    assert client.post("/v1/signals/999999/place", json={"account": "A/1"}).status_code == 404
    assert client.post("/v1/signals/retry").json() == {"tried": 1, "placed": 0}
    moved = client.post(f"/v1/signals/{row}/place", json={"account": "A/1"}).json()["signals"]
    assert [(each["account"], each["outcome"]) for each in moved] == [("A/1", "by_hand")]
    entries = client.get("/v1/audit", params={"limit": 5}).json()["entries"]
    change = next(each for each in entries if each["subject"] == f"signal {row}")
    assert change["detail"] == {"before": {"account": None}, "after": {"account": "A/1"}}
    second = client.get("/v1/program/engagement/accounts", params={"limit": 1}).json()
    assert second["accounts"][0]["score"] == 83.0
