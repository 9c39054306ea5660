"""The program over HTTP: who may do what, and what the answers say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from service.auth import Scope
from tests.service.api.conftest import beside

REVIEW = {"side": "sales", "verdict": "approve"}


def soon() -> datetime:
    """A day within the next weeks on which a quarter can begin."""
    days = (datetime.now(UTC) + timedelta(days=ahead) for ahead in range(10, 20))
    return next(day for day in days if day.day <= 28)


SETTINGS = {
    "fiscal": {"month": soon().month, "day": soon().day},
    "window": {"opens_days_before": 60},
    "strategic_cap": 2,
}


@pytest.fixture
def callers(admin: TestClient) -> dict[str, TestClient]:
    """An organisation, and its people with keys of their own."""
    services = admin.app.state.services  # type: ignore[attr-defined]
    people = {
        "dan@example.com": Scope.READ,
        "eve@example.com": Scope.READ,
        "ops": Scope.OPS_EDITOR,
        "sue": Scope.OPS_APPROVER,
        "max": Scope.OPS_APPROVER,
    }
    found = {"admin": admin}
    for name, scope in people.items():
        _, key = services.keys.create(name, frozenset({scope}))
        found[name.partition("@")[0]] = beside(admin)
        found[name.partition("@")[0]].headers["Authorization"] = f"Bearer {key}"
    for rep in ("dan", "eve"):
        done(admin.put(f"/v1/reps/{rep}", json={"name": rep, "email": f"{rep}@example.com"}), 201)
    team = {"AE": "dan", "SDR": "eve"}
    for n in (1, 2, 3):
        said = {"name": f"Company {n}", "segment": "enterprise", "country": "DE", "team": team}
        done(admin.put(f"/v1/accounts/A-{n}", json=said), 201)
    done(found["sue"].put("/v1/program/settings", json={"settings": SETTINGS, "version": 0}))
    return found


def done(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def pages(caller: TestClient, address: str, what: str) -> list[Any]:
    """All of a list, one by one."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = f"{address}{'&' if '?' in address else '?'}limit=1"
        page = done(caller.get(f"{asked}&cursor={quote(cursor)}" if cursor else asked))
        found, cursor = found + page[what], page["next_cursor"]
        assert len(page[what]) <= 1
    return found


def test_a_quarter_is_nominated_reviewed_and_approved(callers: dict[str, TestClient]) -> None:
    admin, dan, eve, ops = (callers[name] for name in ("admin", "dan", "eve", "ops"))
    sue, max_ = callers["sue"], callers["max"]
    nominating = {"account": "A-1", "criteria": {"champion": "Ann speaks for us"}}

    # the target list: the strategic tier is for approvers
    target = {"account": "A-2", "tier": "one_to_few", "reason": "Looks like A-1", "persona": "CFO"}
    [placed] = done(ops.post("/v1/program/targets", json=target))["placements"]
    assert (placed["tier"], placed["group"]) == ("one_to_few", "enterprise / DE / CFO")
    strategic = {"account": "A-3", "tier": "strategic", "reason": "The board's wish"}
    done(ops.post("/v1/program/targets", json=strategic), 403)
    now_and_then = done(admin.post("/v1/program/targets", json=strategic))["placements"]
    assert [each["tier"] for each in now_and_then] == ["strategic", "one_to_few"]
    problem = done(ops.post("/v1/program/targets", json=target | {"account": "nobody"}), 422)
    assert problem["errors"][0]["pointer"] == "#/account"

    # a rep nominates for herself
    made = done(dan.post("/v1/program/nominations", json=nominating), 201)
    assert (made["rep"], made["state"], made["claims"]) == ("dan", "nominated", nominating["criteria"])
    assert done(dan.post("/v1/program/nominations", json=nominating))["id"] == made["id"]
    done(dan.post("/v1/program/nominations", json=nominating | {"rep": "eve", "account": "A-2"}), 403)
    problem = done(eve.post("/v1/program/nominations", json={"account": "A-2"}), 422)
    assert problem["errors"][0]["pointer"] == "#/criteria" and "champion" in problem["errors"][0]["detail"]
    problem = done(callers["max"].post("/v1/program/nominations", json=nominating | {"account": "A-2"}), 422)
    assert problem["errors"][0]["pointer"] == "#/rep"
    other = done(eve.post("/v1/program/nominations", json=nominating | {"account": "A-2"}), 201)

    # the sides review and rank
    address = f"/v1/program/nominations/{made['id']}"
    done(dan.post(f"{address}/review", json=REVIEW), 403)
    done(sue.post(f"{address}/review", json=REVIEW))
    done(sue.post(f"{address}/review", json=REVIEW | {"side": "marketing"}), 409)
    approved = done(max_.post(f"{address}/review", json=REVIEW | {"side": "marketing"}))
    assert (approved["state"], set(approved["said"])) == ("approved", {"sales", "marketing"})
    ranking = {"side": "sales", "order": [other["id"], made["id"]]}
    ranked = done(sue.put(f"/v1/program/quarters/{made['quarter']}/ranking", json=ranking))
    assert [each["id"] for each in ranked["nominations"]] == [other["id"], made["id"]]
    assert done(ops.get("/v1/program/nominations")) == ranked
    assert [each["id"] for each in pages(ops, "/v1/program/nominations", "nominations")] == ranking["order"]
    of_dan = pages(ops, "/v1/program/nominations?rep=dan&state=approved", "nominations")
    assert [each["id"] for each in of_dan] == [made["id"]]
    lost = "/v1/program/nominations?quarter=FY1999-Q1&limit=1&cursor=MjAyNi0wMS0wMVQwMDowMDowMCswMDowMCB4"
    assert done(ops.get(lost), 422)["errors"][0]["parameter"] == "cursor"
    ranking["order"].append("none")
    problem = done(sue.put(f"/v1/program/quarters/{made['quarter']}/ranking", json=ranking), 422)
    assert problem["errors"][0]["pointer"] == "#/order/2"
    problem = done(
        sue.put("/v1/program/settings", json={"settings": SETTINGS | {"fiscal": {"month": 1}}}), 409
    )
    assert problem["errors"][0]["pointer"] == "#/settings/fiscal"
    done(ops.put("/v1/program/settings", json={"settings": {}}), 403)
    done(sue.put("/v1/program/settings", json={"settings": SETTINGS, "version": 0}))  # as it is: no change
    done(
        sue.put("/v1/program/settings", json={"settings": {**SETTINGS, "cadence_days": 7}, "version": 0}), 412
    )

    # all of it at a glance, and on record
    seen = done(eve.get("/v1/program"))
    assert seen["window"] and seen["upcoming"]["name"] == made["quarter"]
    assert (seen["places_now"], seen["places_next"]) == ({"all": 2, "taken": 1}, {"all": 2, "taken": 1})
    assert [(each["account"], each["team"]) for each in seen["strategic"]] == [
        ("A-3", {"AE": "dan", "SDR": "eve"})
    ]
    assert seen["nominations"] == {"approved": 1, "nominated": 1}
    assert [each["account"] for each in done(eve.get("/v1/program/targets"))["targets"]] == ["A-2", "A-3"]
    noted = done(admin.get("/v1/audit?limit=200"))["entries"]
    actions = {(each["actor"], each["action"].split(" ")[-1]) for each in noted}
    assert ("dan@example.com", "/v1/program/nominations") in actions
    assert ("max", "/v1/program/nominations/{nomination_id}/review") in actions


def test_a_plan_is_agreed_and_carried_out(callers: dict[str, TestClient]) -> None:
    admin, dan, eve, ops, sue = (callers[name] for name in ("admin", "dan", "eve", "ops", "sue"))
    step = {"what": "Send the benchmark", "play": "direct_mail", "owner": "dan"}
    plan = {"goals": ["A pilot"], "reach": [step], "personalise": [step]}
    writing = {"account": "A-1", "plan": plan}
    done(dan.put("/v1/program/plans", json=writing), 409)  # not strategic
    strategic = {"account": "A-1", "tier": "strategic", "reason": "as agreed"}
    done(admin.post("/v1/program/targets", json=strategic))
    wrong = {**plan, "reach": [step | {"play": "parcel", "owner": "nobody"}]}
    problem = done(dan.put("/v1/program/plans", json=writing | {"plan": wrong}), 422)
    assert [each["pointer"] for each in problem["errors"]] == ["#/plan/reach/0/play", "#/plan/reach/0/owner"]
    made = done(dan.put("/v1/program/plans", json=writing), 201)
    assert [each["kind"] for each in made["meetings"]] == ["review"]
    address = f"/v1/program/plans/{made['plan']['id']}"

    # both agree to the same revision
    agree = {"side": "sales", "revision": 1}
    problem = done(dan.post(f"{address}/agree", json=agree), 409)
    assert "measure" in problem["detail"]
    plan["measure"] = [{"measure": "meetings", "goal": 4}]
    changed = done(dan.put("/v1/program/plans", json=writing | {"revision": 1}))
    assert changed["plan"]["revision"] == 2
    done(dan.put("/v1/program/plans", json=writing | {"plan": {**plan, "notes": "-"}, "revision": 1}), 412)
    agree["revision"] = 2
    problem = done(eve.post(f"{address}/agree", json=agree), 422)
    assert problem["errors"][0]["detail"] == "is not the account's AE, who is dan"
    assert not done(dan.post(f"{address}/agree", json=agree))["agreed"]
    done(dan.post(f"{address}/agree", json=agree | {"side": "marketing"}), 403)
    assert done(sue.post(f"{address}/agree", json=agree | {"side": "marketing"}))["agreed"]

    # one personalised campaign runs at a time
    campaign = {"external_id": "C-1", "name": "Parcel", "play": "direct_mail", "account": "A-1"}
    done(ops.put("/v1/program/campaigns", json=campaign), 201)
    assert done(ops.put("/v1/program/campaigns", json=campaign))["campaign"]["plan_id"] == made["plan"]["id"]
    problem = done(ops.put("/v1/program/campaigns", json=campaign | {"play": "parcel"}), 422)
    assert problem["errors"][0]["pointer"] == "#/play" and "direct_mail" in problem["errors"][0]["detail"]
    play = {
        "key": "parcel",
        "title": "Parcel",
        "about": "A parcel",
        "part": "reach",
        "tiers": ["one_to_many"],
    }
    done(ops.put("/v1/program/plays/parcel", json=play))
    problem = done(ops.put("/v1/program/campaigns", json=campaign | {"play": "parcel"}), 422)
    assert "is meant for one_to_many" in problem["errors"][0]["detail"]
    done(ops.post("/v1/program/campaigns/C-1/start"))
    done(ops.put("/v1/program/campaigns", json=campaign | {"external_id": "C-2", "name": "Page"}), 201)
    assert "Parcel (C-1)" in done(ops.post("/v1/program/campaigns/C-2/start"), 409)["detail"]
    done(ops.post("/v1/program/campaigns/C-1/finish"))
    done(ops.post("/v1/program/campaigns/C-1/start"), 409)
    assert done(ops.post("/v1/program/campaigns/C-2/start"))["campaign"]["state"] == "active"
    listed = pages(ops, "/v1/program/campaigns", "campaigns")
    assert [each["campaign"]["external_id"] for each in listed] == ["C-2", "C-1"]
    over = campaign | {"external_id": "C-3", "until": "2026-01-01T00:00:00Z"}
    done(ops.put("/v1/program/campaigns", json=over), 201)
    assert (
        "Its time was over on 2026-01-01" in done(ops.post("/v1/program/campaigns/C-3/start"), 409)["detail"]
    )

    # people of it
    joining = {"members": [{"email": "Ann@Company1.example", "status": "sent"}, {"contact": "c-2"}]}
    assert done(ops.post("/v1/program/campaigns/C-2/members", json=joining)) == {"members": 2}
    answered = {"members": [{"email": "ann@company1.example", "responded_at": "2026-03-02T09:00:00Z"}]}
    done(ops.post("/v1/program/campaigns/C-2/members", json=answered))
    [ann, other] = done(ops.get("/v1/program/campaigns/C-2/members"))["members"]
    assert (ann["email"], ann["status"], other["contact"]) == ("ann@company1.example", "sent", "c-2")
    [shown] = done(ops.get("/v1/program/campaigns?state=active"))["campaigns"]
    assert (shown["members"], shown["responded"]) == (2, 1)
    problem = done(ops.post("/v1/program/campaigns/C-2/members", json={"members": [{"email": "?"}]}), 422)
    assert problem["errors"][0]["pointer"] == "#/members/0"
    assert done(ops.post("/v1/program/campaigns/C-2/members/remove", json=answered)) == {"members": 1}

    # a focus session with its checklist
    at = {"at": "2026-03-09T09:00:00Z"}
    session = done(eve.post(f"{address}/focus", json=at), 201)
    item = session["checklist"][0]["item"]
    noted = done(eve.post(f"/v1/program/meetings/{session['id']}", json={"done": [item], "held": True}))
    assert (noted["checklist"][0]["done_by"], noted["held_by"]) == ("eve@example.com", "eve@example.com")
    done(eve.post(f"/v1/program/meetings/{session['id']}", json={"done": ["nothing"]}), 422)
    topics = [each["topic"] for each in done(eve.get(f"{address}/agenda"))["items"]]
    assert topics == ["campaigns"]
    done(dan.post(f"{address}/end", json={"reason": "done"}))
    assert done(ops.get("/v1/program/campaigns?state=active"))["campaigns"] == []
    assert done(ops.get("/v1/program/campaigns?state=cancelled"))["campaigns"] != [], "of the plan, planned"
    assert done(eve.get("/v1/program/plans"))["plans"] == []
    assert [each["id"] for each in pages(eve, "/v1/program/plans?state=all", "plans")] == [made["plan"]["id"]]
