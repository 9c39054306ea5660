"""Accounts over HTTP: other names with what they are, from the CRM's record to the explanation."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.organisation import organisation


def details(admin: TestClient) -> list[tuple[str, str, str]]:
    found: dict[str, Any] = admin.get("/v1/accounts/a1").json()
    assert found["aliases"] == [each["name"] for each in found["alias_details"]]
    return [(each["name"], each["kind"], each["source"]) for each in found["alias_details"]]


def test_what_another_name_is_is_kept_and_told(admin: TestClient) -> None:
    organisation(admin.app.state.services.database)  # type: ignore[attr-defined]
    former = {"name": "Globex Looms", "kind": "former", "source": "register"}
    account = {"name": "Nordlicht Weaving Works", "aliases": ["Zebrano", former]}
    assert admin.put("/v1/accounts/a1", json=account).status_code in (200, 201)
    told = [("Globex Looms", "former", "register"), ("Zebrano", "other", "given")]
    assert details(admin) == told
    synced = {"aliases": ["Zebrano", "Globex Looms"]}  # a sync that knows names only takes nothing away
    assert admin.put("/v1/accounts/a1", json=synced).status_code == 200
    assert details(admin) == told
    decided = admin.post("/v1/contacts", json={"company": "Globex Looms", "external_id": "c1"}).json()
    words = admin.get(f"/v1/decisions/{decided['id']}/explanation").json()
    assert words["candidates"][0]["names"] == ["“Globex Looms” is a former name of the account"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_kind_that_is_none_is_refused(admin: TestClient) -> None:
    wrong = {"name": "A", "aliases": [{"name": "B", "kind": "old"}]}
    refused = admin.put("/v1/accounts/a1", json=wrong)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["#/aliases/0/kind"]
