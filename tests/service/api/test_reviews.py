"""service/api/reviews.py and memory.py: a person's word over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.auth import Scope
from service.db import rulebooks
from service.db.engine import Database
from tests.service.organisation import MONDAY, RULEBOOK

ROBOTIX = {"company": "Norhwynd Robtix", "email": "x@gmail.com"}
"""Close to the account A-1 by name, not close enough to be matched without a person."""


@pytest.fixture
def ops(admin: TestClient, database: Database) -> TestClient:
    """Someone who may do everything, where there are accounts, a pool and rules."""
    with database.write() as connection:
        rulebooks.publish(connection, RULEBOOK, author="test", reason=None, at=MONDAY)
    admin.post("/v1/reps", json={"external_id": "ana", "name": "Ana"})
    admin.post("/v1/pools", json={"name": "inbound", "members": [{"rep": "ana"}]})
    account = {"external_id": "A-1", "name": "Northwind Robotics GmbH", "domains": ["northwind-robotics.com"]}
    assert admin.post("/v1/accounts", json=account).status_code == 201
    return admin


def unsure(ops: TestClient, number: int = 1, **said: Any) -> str:
    contact = {"external_id": f"c-{number}", **ROBOTIX, "email": f"c{number}@gmail.com", **said}
    decision = ops.post("/v1/contacts", json=contact).json()
    assert decision["match"]["outcome"] == "review"
    identifier: str = decision["id"]
    return identifier


def settle(ops: TestClient, decision: str, **said: Any) -> tuple[int, Any]:
    answer = ops.post(f"/v1/reviews/{decision}", json=said)
    return answer.status_code, answer.json()


def outcome(ops: TestClient) -> tuple[str, str | None]:
    result = ops.post("/v1/match", json=ROBOTIX).json()
    return result["outcome"], result["account_id"]


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ({"account_id": "A-1"}, ("matched", "A-1")),
        ({"never": "A-1"}, ("unmatched", None)),
        ({"none": True}, ("unmatched", None)),
        ({"new_account": {}}, ("unmatched", None)),
        ({"new_account": {"external_id": "A-2"}}, ("matched", "A-2")),
    ],
)
def test_an_answer_counts_until_it_is_undone(
    ops: TestClient, said: dict[str, Any], after: tuple[str, str | None]
) -> None:
    before = ops.post("/v1/match", json=ROBOTIX).json()
    decision = unsure(ops)
    status, settled = settle(ops, decision, **said)
    assert status == 200
    assert (settled["match"]["outcome"], settled["match"]["account_id"]) == after == outcome(ops)
    [kept] = ops.get("/v1/memory", params={"company": "Norhwynd Robtix Ltd."}).json()["memories"]
    assert (kept["by"], kept["decision_id"], kept["undone_at"]) == ("bootstrap", decision, None)
    for _ in range(2):
        undone = ops.delete(f"/v1/memory/{kept['id']}")
        assert (undone.status_code, undone.json()["undone_by"]) == (200, "bootstrap")
    ops.delete("/v1/accounts/A-2")
    assert ops.post("/v1/match", json=ROBOTIX).json() == before
    assert ops.get("/v1/memory", params={"standing": True}).json()["memories"] == []


def test_the_second_to_answer_otherwise_learns_who_was_first(ops: TestClient) -> None:
    decision = unsure(ops)
    assert settle(ops, decision, account_id="A-1")[0] == 200
    assert settle(ops, decision, account_id="A-1")[0] == 200
    status, problem = settle(ops, decision, never="A-1")
    assert status == 409
    assert problem["detail"].startswith("bootstrap settled the matter first")


def test_a_company_is_settled_at_once(ops: TestClient) -> None:
    first, *_ = [unsure(ops, number) for number in (1, 2, 3)]
    other = unsure(ops, 4, email="c4@northwindrobotix.example")
    _, settled = settle(ops, first, account_id="A-1", apply_to_same_company=True)
    assert len(settled["also_settled"]) == 2
    waiting = ops.get("/v1/reviews", params={"kind": "review"}).json()["reviews"]
    assert [each["decision"]["id"] for each in waiting] == [other]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"account_id": "A-1", "none": True},
        {"none": False},
        {"answer": "yes", "apply_to_same_company": True},
        {"new_account": {"external_id": "A-9", "colour": "red"}},
        {"account_id": "nowhere"},
        {"new_account": {"external_id": "A-1"}},
    ],
)
def test_what_is_no_answer_settles_nothing(ops: TestClient, said: dict[str, Any]) -> None:
    decision = unsure(ops)
    assert settle(ops, decision, **said)[0] == 422
    assert settle(ops, decision, account_id="A-1")[0] == 200


def test_reviews_come_a_page_at_a_time(ops: TestClient) -> None:
    waiting = [unsure(ops, number) for number in (1, 2, 3)]
    first = ops.get("/v1/reviews", params={"limit": 2}).json()
    rest = ops.get("/v1/reviews", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    pages = [[each["decision"]["id"] for each in page["reviews"]] for page in (first, rest)]
    assert (pages, rest["next_cursor"]) == ([waiting[:2], waiting[2:]], None)
    assert isinstance(first["next_cursor"], str)
    assert ops.get("/v1/reviews", params={"cursor": "x"}).status_code == 422


def test_reading_is_not_answering(ops: TestClient) -> None:
    decision = unsure(ops)
    _, key = ops.app.state.services.keys.create("reader", frozenset({Scope.READ}))  # type: ignore[attr-defined]
    ops.headers["Authorization"] = f"Bearer {key}"
    assert ops.get("/v1/memory").status_code == 200
    assert settle(ops, decision, account_id="A-1")[0] == 403
    assert ops.delete("/v1/memory/1").status_code == 403


def test_nothing_is_undone_that_is_not_there(ops: TestClient) -> None:
    assert ops.delete("/v1/memory/99").status_code == 404


def test_memory_is_listed_newest_first_in_pages(ops: TestClient) -> None:
    for number, name in enumerate(["Norhwynd Robtix", "Nortwind Robotics Systemz", "Northwint Robotx"]):
        result = ops.post("/v1/contacts", json={"external_id": f"c-{number}", "company": name}).json()
        if result["match"]["outcome"] == "review":
            settle(ops, result["id"], never="A-1")
    whole = ops.get("/v1/memory").json()["memories"]
    first = ops.get("/v1/memory", params={"limit": 1}).json()
    assert first["memories"] == whole[:1]
    if len(whole) > 1:
        rest = ops.get("/v1/memory", params={"before": first["next_before"]}).json()
        assert rest["memories"] == whole[1:]


def test_the_hygiene_report_and_the_rematch(ops: TestClient) -> None:
    ops.post("/v1/contacts", json={"external_id": "otto", "email": "otto@lighthouse.example"})
    ops.post(
        "/v1/accounts", json={"external_id": "L-1", "name": "Lighthouse", "domains": ["lighthouse.example"]}
    )
    ops.post("/v1/accounts", json={"external_id": "L-2", "name": "Lighthouse Ltd"})
    [twins] = ops.get("/v1/reports/hygiene").json()["findings"]
    assert (twins["why"], [each["external_id"] for each in twins["accounts"]]) == (
        "same_name",
        ["L-1", "L-2"],
    )
    assert ops.get("/v1/reports/hygiene", params={"kind": "no_domain"}).json()["findings"][0]["count"] == 1
    assert ops.get("/v1/reports/hygiene", params={"cursor": "x"}).status_code == 422
    ops.delete("/v1/accounts/L-2")
    dry = ops.post("/v1/rematch", json={"account_id": "L-1"}).json()
    [otto] = dry["differences"]
    assert (otto["contact_id"], otto["after"]["account_id"], otto["applied"]) == ("otto", "L-1", None)
    applied = ops.post("/v1/rematch", json={"all": True, "apply": True}).json()["differences"]
    assert applied[0]["applied"] is not None
    assert ops.post("/v1/rematch", json={"all": True, "apply": True}).json()["differences"] == []
    assert ops.post("/v1/rematch", json={"all": True, "account_id": "L-1"}).status_code == 422
