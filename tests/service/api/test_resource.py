"""service/api/resource.py: the resources that mirror the CRM, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

RECORDS: dict[str, dict[str, Any]] = {
    "accounts": {
        "external_id": "a/1",
        "name": "Acme Robotics GmbH",
        "website": "https://www.acme-robotics.com",
        "country": "Germany",
        "owner": {"rep": "ann", "from": "2026-01-01T00:00:00Z"},
        "team": {"sdr": "sue"},
        "tier": "gold",
    },
    "reps": {
        "external_id": "a/1",
        "name": "Ann",
        "time_zone": "Europe/Berlin",
        "working_hours": {"mon": ["09:00-12:00", "13:00-17:30"]},
        "absences": [{"from": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}],
    },
    "pools": {
        "name": "a/1",
        "members": [{"rep": "ann", "weight": 2}, {"rep": "ben"}],
        "nobody": "assign_anyway",
    },
    "opportunities": {"external_id": "a/1", "account_id": "acme", "amount": 1200.5, "stage": "Proposal"},
    "activities": {
        "external_id": "a/1",
        "account_id": "acme",
        "kind": "call",
        "direction": "inbound",
        "at": "2026-03-01T09:00:00Z",
    },
}
PLURALS = tuple(RECORDS)


def key(plural: str) -> str:
    return "name" if plural == "pools" else "external_id"


@pytest.mark.parametrize("plural", PLURALS)
def test_stored_read_listed_deleted(admin: TestClient, plural: str) -> None:
    made = admin.post(f"/v1/{plural}", json=RECORDS[plural])
    assert made.status_code == 201, made.text
    assert made.json()[key(plural)] == "a/1"
    assert admin.get(f"/v1/{plural}/a/1").json() == made.json()
    assert admin.get(f"/v1/{plural}").json() == {plural: [made.json()], "next_cursor": None}
    assert admin.delete(f"/v1/{plural}/a%2F1").status_code == 204
    assert admin.delete(f"/v1/{plural}/a/1").status_code == 404
    assert admin.get(f"/v1/{plural}/a/1").status_code == 404


@pytest.mark.parametrize("plural", PLURALS)
def test_stored_by_address_and_again_without_change(admin: TestClient, plural: str) -> None:
    fields = {name: value for name, value in RECORDS[plural].items() if name != key(plural)}
    first = admin.put(f"/v1/{plural}/a/1", json=fields)
    again = admin.put(f"/v1/{plural}/a/1", json=fields)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


@pytest.mark.parametrize("plural", ["reps", "opportunities", "activities"])
def test_what_is_answered_can_be_sent_back(admin: TestClient, plural: str) -> None:
    shown = admin.post(f"/v1/{plural}", json=RECORDS[plural]).json()
    assert admin.post(f"/v1/{plural}", json=shown).json() == shown


def test_a_cover_is_answered_and_can_be_sent_back(admin: TestClient) -> None:
    covered = {**RECORDS["reps"], "absences": [{**RECORDS["reps"]["absences"][0], "cover": "ben"}]}
    assert admin.post("/v1/reps", json=covered).status_code == 422
    admin.post("/v1/reps", json={"external_id": "ben", "name": "Ben"})
    shown = admin.post("/v1/reps", json=covered).json()
    assert shown["absences"][0]["cover"] == "ben"
    assert admin.post("/v1/reps", json=shown).json() == shown


@pytest.mark.parametrize("plural", PLURALS)
def test_a_list_with_a_bad_one_in_it(admin: TestClient, plural: str) -> None:
    good, bad = RECORDS[plural], {**RECORDS[plural], "surprise": 1}
    body = [good, bad, {**good, key(plural): "b"}, good, "text"]
    results = admin.post(f"/v1/{plural}/bulk", json=body).json()["results"]
    assert [each["status"] for each in results] == [201, 422, 201, 200, 422]
    assert [each["outcome"] for each in results] == ["created", "refused", "created", "unchanged", "refused"]
    assert results[1]["problem"]["errors"][0]["pointer"] == "#/1/surprise"


def test_lines_of_json(admin: TestClient) -> None:
    lines = "\n".join(json.dumps({"external_id": str(number), "name": f"N {number}"}) for number in range(3))
    answer = admin.post("/v1/accounts/bulk", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert [each["status"] for each in answer.json()["results"]] == [201, 201, 201]


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_a_control_character_stops_no_other_record(admin: TestClient, kind: str) -> None:
    lines = [json.dumps({"external_id": str(n), "name": name}) for n, name in enumerate(("One", "T\0wo"))]
    body = "\n".join(lines) if "nd" in kind else f"[{','.join(lines)}]"
    answer = admin.post("/v1/accounts/bulk", content=body, headers={"Content-Type": kind})
    one, two = answer.json()["results"]
    assert (one["status"], two["status"]) == (201, 422)
    assert two["problem"]["errors"] == [
        {"pointer": "#/1/name", "detail": "has a control character; leave it out"}
    ]


def test_pages(admin: TestClient) -> None:
    admin.post("/v1/accounts/bulk", json=[{"external_id": str(n), "name": f"N {n}"} for n in range(5)])
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = admin.get("/v1/accounts", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [each["external_id"] for each in page["accounts"]]
        cursor = page["next_cursor"]
    assert seen == ["0", "1", "2", "3", "4"]


def test_what_is_left_out_stays_and_null_clears(admin: TestClient) -> None:
    admin.post("/v1/accounts", json=RECORDS["accounts"])
    changed = admin.put(
        "/v1/accounts/a/1", json={"owner": None, "city": "Ulm", "team": {"csm": "cyd"}}
    ).json()
    assert (changed["owner"], changed["city"], changed["tier"]) == (None, "Ulm", "gold")
    assert changed["team"] == {"CSM": "cyd", "SDR": "sue"}
    assert changed["country"] == "DE"
    assert changed["roles"]["OWNER"][0]["from"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"external_id": "n"}, "#/name"),
        ({"external_id": "n", "name": "N", "country": "Nowhere"}, "#/country"),
        ({"external_id": "n", "name": "N", "domains": ["localhost"]}, "#/domains/0"),
        ({"external_id": "n", "name": "N", "employees": "12"}, "#/employees"),
        ({"external_id": " ", "name": "N"}, "#/external_id"),
        ({"external_id": "n", "name": "N", "owner": {"rep": "a", "from": "2026-01-01"}}, "#/owner/from"),
    ],
)
def test_what_is_wrong_is_named(admin: TestClient, body: dict[str, Any], pointer: str) -> None:
    refused = admin.post("/v1/accounts", json=body)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert "Nowhere" not in refused.text
    assert admin.get("/v1/accounts").json()["accounts"] == []


def test_a_cursor_of_nobody(admin: TestClient) -> None:
    assert admin.get("/v1/accounts", params={"cursor": "x"}).status_code == 422


def test_nothing_without_a_key(anonymous: TestClient) -> None:
    assert anonymous.get("/v1/accounts").status_code == 401
    assert anonymous.put("/v1/accounts/a", json={"name": "A"}).status_code == 401
