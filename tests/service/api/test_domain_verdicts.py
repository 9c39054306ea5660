"""Verdicts on domains over HTTP: trust, never and back, each with its reason in the audit log."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from matching.types import AccountId
from service.db import accounts
from tests.service.served import services_of

ACCOUNT = "/v1/accounts/de/1/domains"


def test_a_learned_domain_is_judged_and_that_is_on_record(admin: TestClient) -> None:
    given = {"external_id": "de/1", "name": "Bergwald", "domains": ["bergwald.de"]}
    assert admin.post("/v1/accounts", json=given).status_code == 201
    services = services_of(admin)
    services.database.transact(
        lambda c: accounts.learn_domain(c, AccountId("de/1"), "bergwald-agentur.de", services.now())
    )

    def domains() -> list[tuple[str, Any, bool]]:
        found = admin.get(ACCOUNT).json()["domains"]
        return [(each["domain"], each["verdict"], each["counts"]) for each in found]

    def say(verdict: str, domain: str = "bergwald-agentur.de") -> int:
        body = {"verdict": verdict, "reason": f"said {verdict}"}
        return admin.put(f"{ACCOUNT}/{domain}", json=body).status_code

    given_one = ("bergwald.de", None, True)
    assert domains() == [("bergwald-agentur.de", "quarantine", False), given_one]
    for verdict, counts in (("trust", True), ("trust", True), ("never", False), ("quarantine", False)):
        assert say(verdict) == 200
        assert domains() == [("bergwald-agentur.de", verdict, counts), given_one]
    assert say("never", "bergwald.de") == 404
    assert say("perhaps") == 422
    assert admin.get("/v1/accounts/none/domains").status_code == 404
    entries = admin.get("/v1/audit", params={"subject": "account de/1"}).json()["entries"]
    said = [each["detail"]["after"].get("reason") for each in entries if "after" in each["detail"]]
    assert [each for each in said if each] == ["said quarantine", "said never", "said trust"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("website", {"website": "https://nord.bergwald.example/wir"}),
        ("given", {"domains": ["nord.bergwald.example"]}),
    ],
)
def test_all_of_a_domain_of_which_an_account_has_a_part_is_confirmed_and_taken_back(
    admin: TestClient, source: str, said: dict[str, Any]
) -> None:
    given = {"external_id": "de/1", "name": "Bergwald Nord", **said}
    made = admin.post("/v1/accounts", json=given)
    assert made.status_code == 201
    told = [(each["domain"], each["part"]) for each in made.json()["domains"]]
    assert told == [("bergwald.example", "nord.bergwald.example")]

    def domains() -> list[tuple[str, Any, str | None]]:
        found = admin.get(ACCOUNT).json()["domains"]
        return sorted([(each["source"], each["verdict"], each["part"]) for each in found])

    def say(verdict: str) -> int:
        return admin.put(f"{ACCOUNT}/bergwald.example", json={"verdict": verdict}).status_code

    def outcome() -> str:
        found = admin.post("/v1/match", json={"contacts": [{"email": "a@bergwald.example"}]}).json()
        return str(found["results"][0]["outcome"])

    part = [(source, None, "nord.bergwald.example")]
    assert (domains(), outcome()) == (part, "review")
    assert say("trust") == 200
    assert (domains(), outcome()) == (sorted([("person", "trust", None), (source, None, None)]), "matched")
    assert say("never") == 404
    assert say("quarantine") == 200
    assert (domains(), outcome()) == (part, "review")
    assert say("never") == 404
