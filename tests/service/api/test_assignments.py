"""Assignments and their clocks over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.db import rulebooks
from service.db.engine import Database
from service.services import now
from service.settings import Settings

RULES = """
version: 1
fallback:
  then: {pool: inbound}
  sla:
    - {clock: acceptance, within: 30m, remind: 10 minutes before}
    - {clock: first touch, within: 2h}
    - {clock: demo booked, within: 5 days}
"""


@pytest.fixture
def caller(admin: TestClient, settings: Settings) -> TestClient:
    """With two reps in a pool, and a rulebook whose fallback has three clocks."""
    for name in ("ana", "bo"):
        admin.post("/v1/reps", json={"external_id": name, "name": name.title()})
    admin.post("/v1/pools", json={"name": "inbound", "members": [{"rep": "ana"}, {"rep": "bo"}]})
    database = Database(settings.database_url)
    with database.write() as connection:
        rulebooks.publish(connection, RULES, author="test", reason=None, at=now())
    database.dispose()
    return admin


def arrive(caller: TestClient, number: int = 1) -> str:
    contact = {"external_id": f"c-{number}", "email": f"p@firm{number}.example"}
    decided: dict[str, Any] = caller.post("/v1/contacts", json=contact).json()
    assigned: str = decided["assignment"]["id"]
    return assigned


def stands(shown: dict[str, Any]) -> dict[str, str]:
    return {clock["name"]: clock["state"] for clock in shown["clocks"]}


def test_the_life_of_an_assignment(caller: TestClient) -> None:
    number = arrive(caller)
    path = f"/v1/assignments/{number}"
    shown = caller.get(path).json()
    assert stands(shown) == dict.fromkeys(("acceptance", "first_touch", "demo_booked"), "running")
    assert shown["clocks"][0]["calendar"] == "real" and len(shown["clocks"][0]["remind_at"]) == 1
    assert stands(caller.post(f"{path}/accept").json())["acceptance"] == "met"
    assert stands(caller.post(f"{path}/pause", json={"reason": "waiting"}).json())["first_touch"] == "paused"
    assert stands(caller.post(f"{path}/resume").json())["first_touch"] == "running"
    activity = {
        "external_id": "call-1",
        "contact_id": "c-1",
        "rep": shown["rep"],
        "kind": "call",
        "direction": "outbound",
        "at": now().isoformat(),
    }
    assert caller.post("/v1/activities", json=activity).status_code == 201
    touched = caller.get(path).json()
    assert (stands(touched)["first_touch"], touched["touched_by"]) == ("met", "call-1")
    assert stands(caller.post(f"{path}/clocks/demo_booked/done").json())["demo_booked"] == "met"
    wrong = caller.post(f"{path}/clocks/nothing/done").json()
    assert wrong["errors"][0]["parameter"] == "clock"
    again = caller.post(f"{path}/return", json={"reason": "no answer"}).json()
    assert again["routing"]["assignee"] not in (None, shown["rep"])
    assert caller.get(path).json()["status"] == "returned"
    assert caller.get("/v1/assignments/nothing").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_lists_of_assignments_and_clocks(caller: TestClient) -> None:
    numbers = [arrive(caller, number) for number in (1, 2, 3)]
    caller.post(f"/v1/assignments/{numbers[0]}/complete")
    active = caller.get("/v1/assignments", params={"active": True}).json()["assignments"]
    assert [each["id"] for each in active] == [numbers[2], numbers[1]]
    page = caller.get("/v1/assignments", params={"limit": 2}).json()
    rest = caller.get("/v1/assignments", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [each["id"] for each in (*page["assignments"], *rest["assignments"])] == numbers[::-1]
    assert rest["next_cursor"] is None
    assert caller.get("/v1/assignments", params={"overdue": True}).json()["assignments"] == []
    soon = caller.get("/v1/clocks", params={"due_within": 60}).json()["clocks"]
    assert {(clock["assignment_id"], clock["name"]) for clock in soon} == {
        (number, "acceptance") for number in numbers[1:]
    }
    assert caller.get("/v1/clocks", params={"missed": True}).json()["clocks"] == []
    assert len(caller.get("/v1/clocks", params={"state": "met"}).json()["clocks"]) == 3
