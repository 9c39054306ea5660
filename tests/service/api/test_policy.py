"""The matching policy over HTTP: read, put in force with a reason, on record, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from matching.policy import default_policy
from tests.service.api.conftest import beside

SHIPPED = default_policy().version


def stricter(live: dict[str, Any]) -> dict[str, Any]:
    return {**live, "name": "stricter", "thresholds": {**live["thresholds"], "matched": 0.999}}


def test_another_policy_is_put_in_force_and_taken_back(admin: TestClient) -> None:
    live = admin.get("/v1/policy").json()
    assert (live["version"], live["shipped"]) == (SHIPPED, True)
    assert admin.get("/v1/policy/history").json() == {"live": SHIPPED, "activations": []}
    put = admin.put("/v1/policy", json={"policy": stricter(live["policy"]), "reason": "Schools first"})
    assert (put.status_code, put.json()["name"], put.json()["shipped"]) == (200, "stricter", False)
    version = put.json()["version"]
    assert admin.get("/v1/policy").json() == put.json()
    assert admin.get(f"/v1/policy/versions/{version}").json() == put.json()
    matched = admin.post("/v1/match", json={"company": "Acme"}).json()
    assert matched["policy_version"] == version
    assert admin.put("/v1/policy", json={"shipped": True, "reason": "Too strict"}).json() == live
    assert admin.put("/v1/policy", json={"version": version, "reason": "Again"}).status_code == 200
    history = admin.get("/v1/policy/history").json()
    told = [(each["version"], each["reason"]) for each in history["activations"]]
    assert told == [(version, "Again"), (None, "Too strict"), (version, "Schools first")]
    assert history["live"] == version
    entries = admin.get("/v1/audit", params={"subject": "policy live"}).json()["entries"]
    told = [each["detail"]["after"]["version"] for each in entries]
    assert told == [version, None, version]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_changed_is_no_longer_called_shipped(admin: TestClient) -> None:
    live = admin.get("/v1/policy").json()["policy"]
    same = admin.put("/v1/policy", json={"policy": live, "reason": "As it ships"}).json()
    assert (same["name"], same["version"]) == ("shipped", SHIPPED)
    changed = {**stricter(live), "name": live["name"]}
    put = admin.put("/v1/policy", json={"policy": changed, "reason": "Schools first"}).json()
    assert (put["name"], put["policy"]["name"]) == ("our own", "our own")
    assert admin.put("/v1/policy", json={"policy": changed, "reason": "Again"}).json() == put


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_policy_is_refused_by_field(admin: TestClient) -> None:
    live = admin.get("/v1/policy").json()["policy"]
    wrong = {**live, "thresholds": {**live["thresholds"], "matched": 2}}
    refused = admin.put("/v1/policy", json={"policy": wrong, "reason": "x"})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["#/policy/thresholds/matched"]
    idle = {**live, "free_domains": ["WWW.b.com"]}
    refused = admin.put("/v1/policy", json={"policy": idle, "reason": "x"})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["#/policy/free_domains/WWW.b.com"]
    assert admin.put("/v1/policy", json={"reason": "x"}).status_code == 422
    assert (
        admin.put("/v1/policy", json={"shipped": True, "version": SHIPPED, "reason": "x"}).status_code == 422
    )
    assert admin.put("/v1/policy", json={"shipped": True}).status_code == 422
    assert admin.put("/v1/policy", json={"version": "0" * 12, "reason": "x"}).status_code == 404
    assert admin.get("/v1/policy/versions/none").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_edits_reads_it_and_who_approves_puts_it_in_force(admin: TestClient) -> None:
    def status(scope: str) -> int:
        made = admin.post("/v1/keys", json={"name": scope, "scopes": [scope]}).json()
        other = beside(admin)
        other.headers["Authorization"] = f"Bearer {made['key']}"
        assert other.get("/v1/policy").status_code == 200
        return other.put("/v1/policy", json={"shipped": True, "reason": "x"}).status_code

    assert (status("ops-editor"), status("ops-approver")) == (403, 200)
