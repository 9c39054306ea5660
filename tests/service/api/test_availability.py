"""Who is there, over HTTP: why not, until when, the switch, company days."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

MONDAY = "2026-03-02T10:00:00Z"


@pytest.fixture
def caller(admin: TestClient) -> TestClient:
    """With one rep, whose id has a slash."""
    rep: dict[str, Any] = {
        "external_id": "ana/1",
        "name": "Ana",
        "team": "inbound",
        "time_zone": "Europe/Berlin",
        "working_hours": {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": "de-be",
        "days_off": ["2026-12-24"],
        "absences": [
            {"from": "2026-06-01T00:00:00+02:00", "until": "2026-06-15T00:00:00+02:00", "cover": "bo"}
        ],
    }
    for each in ({"external_id": "bo", "name": "Bo"}, rep):
        assert admin.post("/v1/reps", json=each).status_code == 201
    return admin


def now(caller: TestClient, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = caller.get("/v1/reps/ana/1/availability", params=asked).json()
    return found.get("now", found)


def test_why_a_rep_is_not_there_until_when_and_when_again(caller: TestClient) -> None:
    assert now(caller, at=MONDAY)["available"]
    away = now(caller, at="2026-06-05T10:00:00Z")
    assert (away["reason"], away["cover"], away["until"]) == ("absent", "bo", "2026-06-14T22:00:00Z")
    assert away["next_available"] == "2026-06-15T07:00:00Z"
    good_friday = now(caller, at="2026-04-03T10:00:00Z")
    assert (good_friday["reason"], good_friday["detail"]) == ("holiday", "Good Friday")
    assert now(caller, at="2026-04-03T10:00:00Z", respect_hours=False)["available"]
    leap_second = now(caller, at="2016-12-31T23:59:60Z")
    assert leap_second["detail"] == "New Year's Day"  # in Berlin
    assert caller.get("/v1/reps/nobody/availability").status_code == 404


def test_the_days_ahead(caller: TestClient) -> None:
    found = caller.get("/v1/reps/ana/1/availability", params={"at": "2026-04-02T10:00:00Z", "days": 3}).json()
    assert [(day["day"], day["holiday"], len(day["stretches"])) for day in found["days"]] == [
        ("2026-04-02", None, 2),
        ("2026-04-03", "Good Friday", 0),
        ("2026-04-04", None, 0),
    ]


def test_the_switch(caller: TestClient) -> None:
    off = caller.post("/v1/reps/ana/1/offline", json={"reason": "lunch"}).json()["now"]
    assert (off["reason"], off["detail"], off["next_available"]) == ("offline", "lunch", None)
    on = caller.post("/v1/reps/ana/1/online").json()["now"]
    assert on["reason"] != "offline"
    late = caller.post("/v1/reps/ana/1/offline", json={"until": "2020-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "#/until")
    assert caller.post("/v1/reps/nobody/online").status_code == 404


def test_company_days_concern_a_place_or_a_team(caller: TestClient) -> None:
    days = [
        {"day": "2026-03-02", "name": "Outing", "team": "inbound"},
        {"day": "2026-03-03", "name": "Elsewhere", "region": "FR"},
        {"day": "2026-04-03", "name": "Quarter's end", "region": "DE", "works": True},
    ]
    stored = caller.put("/v1/company-days", json={"days": days})
    assert [day["name"] for day in stored.json()["days"]] == ["Outing", "Elsewhere", "Quarter's end"]
    assert now(caller, at=MONDAY)["reason"] == "holiday"
    assert now(caller, at="2026-03-03T10:00:00Z")["available"]
    assert now(caller, at="2026-04-03T09:00:00Z")["available"]
    assert caller.get("/v1/reps/ana/1").json()["days_off"] == ["2026-12-24"]
    twice = caller.put("/v1/company-days", json={"days": [days[0], days[0]]})
    assert twice.status_code == 422
    team = caller.get("/v1/availability", params={"at": MONDAY, "team": "inbound"}).json()
    assert [(rep["rep"], rep["available"]) for rep in team["reps"]] == [("ana/1", False)]


def test_a_place_without_known_holidays_is_refused(caller: TestClient) -> None:
    wrong = caller.put("/v1/reps/ana/1", json={"holidays": "Atlantis"}).json()
    assert "write its ISO code" in wrong["errors"][0]["detail"]
