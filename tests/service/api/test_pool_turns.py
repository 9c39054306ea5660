"""service/api/pools.py and pool_turns.py: settings, the ledger, fairness, who is next, corrections."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.db import rulebooks
from service.db.engine import Database
from tests.service.organisation import MONDAY

POOL = "Inbound/EMEA"
RULEBOOK = "version: 1\nfallback: {because: Turns, then: {pool: Inbound/EMEA}}\n"
SETTINGS: dict[str, Any] = {
    "choose": "lowest_count",
    "fit": [{"contact": "contact.custom.language", "rep": "custom.languages", "points": 2}],
    "fit_fallback": False,
    "requires": {"custom.certified": ["true"]},
    "members_where": {"role": {"not": ["AM"]}},
    "respect_hours": True,
    "caps": {"day": 5, "hour": 2},
    "pool_caps": {"30_days": 100},
    "open_cap": 20,
    "zone": "Europe/Berlin",
    "ramp": [0, 50, 100],
    "ramp_from": "custom.started_on",
    "skip_last": 2,
    "skip_of": "account",
    "skip_firmly": True,
    "keep_holder": False,
    "on_return": "catch_up",
    "catch_up_most": 3,
    "newcomer": "zero",
    "count_owned": True,
    "count_manual": True,
    "gives_back": ["no_show"],
    "reset": "quarterly",
    "nobody": "first_available",
    "within_hours": 4,
    "otherwise": "queue",
    "overflow": "elsewhere",
    "queue": "Night desk",
}


@pytest.fixture
def ops(admin: TestClient, database: Database) -> TestClient:
    """Someone who may do everything, where a pool of two takes every contact."""
    with database.write() as connection:
        rulebooks.publish(connection, RULEBOOK, author="test", reason=None, at=MONDAY)
    for name in ("ana", "ben"):
        admin.post("/v1/reps", json={"external_id": name, "name": name.title()})
    made = admin.put(f"/v1/pools/{POOL}", json={"members": [{"rep": "ana"}, {"rep": "ben"}]})
    assert made.status_code == 201, made.text
    return admin


def test_every_setting_comes_back_as_it_was_said_and_null_is_the_default(ops: TestClient) -> None:
    plain = ops.get(f"/v1/pools/{POOL}").json()
    assert set(SETTINGS) <= set(plain)
    said = ops.put(f"/v1/pools/{POOL}", json=SETTINGS)
    assert said.status_code == 200, said.text
    assert {name: said.json()[name] for name in SETTINGS} == SETTINGS
    assert any("newcomer zero" in warning for warning in said.json()["warnings"])
    none = ops.put(f"/v1/pools/{POOL}", json={"pool_caps": {"week": 0}}).json()["warnings"]
    assert "a cap of 0 for week: nobody it is for can get a turn" in none
    cleared = ops.put(f"/v1/pools/{POOL}", json=dict.fromkeys(SETTINGS)).json()
    assert {name: cleared[name] for name in SETTINGS} == {name: plain[name] for name in SETTINGS}


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"caps": {"fortnight": 1}}, "#/caps"),
        ({"caps": {"day": -1}}, "#/caps"),
        ({"requires": {"shoe": "9"}}, "#/requires"),
        ({"fit": [{"contact": "contact.foo", "rep": "role"}]}, "#/fit"),
        ({"fit": [{"contact": "contact.country"}]}, "#/fit"),
        ({"ramp": [101]}, "#/ramp/0"),
        ({"ramp_from": "shoe"}, "#/ramp_from"),
        ({"zone": "Mars"}, "#/zone"),
        ({"skip_last": 51}, "#/skip_last"),
        ({"choose": "dice"}, "#/choose"),
        ({"overflow": POOL}, "#/overflow"),
        ({"nobody": "queue"}, "#/queue"),
        (
            {"members": [{"rep": "ana", "from": "2026-03-02T00:00Z", "until": "2026-03-01T00:00Z"}]},
            "#/members/0",
        ),
    ],
)
def test_what_is_wrong_is_named(ops: TestClient, said: dict[str, Any], where: str) -> None:
    answer = ops.put(f"/v1/pools/{POOL}", json=said)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [where]


def test_turns_from_end_to_end(ops: TestClient) -> None:
    ahead = ops.get(f"/v1/pools/{POOL}/preview", params={"draws": 3}).json()["draws"]
    contacts = [{"external_id": f"c{n}", "email": f"c{n}@firm{n}.example"} for n in range(3)]
    decisions = [ops.post("/v1/contacts", json=contact).json() for contact in contacts]
    reps = [each["routing"]["assignee"] for each in decisions]
    assert reps == [each["move"]["rep"] for each in ahead]
    assert ahead[0]["because"][-1].startswith(f"It was turn 1 of the pool '{POOL}'")

    back = {"turn": 1, "code": "no_show", "note": "nobody came"}
    first = ops.post(f"/v1/pools/{POOL}/give-back", json=back).json()
    assert (first["given_back"], first["entry"]["rep"], first["entry"]["amount"]) == (True, reps[0], -1)
    assert ops.post(f"/v1/pools/{POOL}/give-back", json=back).json() == first
    late = {"turn": 2, "code": "too_busy"}
    assert ops.post(f"/v1/pools/{POOL}/give-back", json=late).json() == {"given_back": False, "entry": None}
    assert ops.post(f"/v1/pools/{POOL}/give-back", json={**back, "turn": 99}).status_code == 404
    granted = {"rep": reps[1], "turns": -1, "note": "was ill"}
    assert ops.post(f"/v1/pools/{POOL}/correct", json=granted).status_code == 204
    rejected = {"reason": "too much", "code": "too_busy"}
    kept = ops.post(f"/v1/assignments/{decisions[2]['assignment']['id']}/reject", json=rejected)
    assert kept.json()["routing"]["assignee"] != reps[2]

    ledger = ops.get(f"/v1/pools/{POOL}/ledger").json()
    assert [each["kind"] for each in ledger["entries"]] == [
        *("draw", "correct", "give_back", "draw", "draw", "draw", "join", "join"),
    ]
    assert ledger["entries"][0]["skipped"] == {"excluded": [reps[2]]}
    only = ops.get(f"/v1/pools/{POOL}/ledger", params={"kind": ["give_back", "correct"], "rep": reps[1]})
    assert [each["kind"] for each in only.json()["entries"]] == ["correct"]
    page = ops.get(f"/v1/pools/{POOL}/ledger", params={"limit": 5}).json()
    rest = ops.get(f"/v1/pools/{POOL}/ledger", params={"before": page["next_before"]}).json()
    assert page["entries"] + rest["entries"] == ledger["entries"]
    table = csv.DictReader(io.StringIO(ops.get(f"/v1/pools/{POOL}/ledger?format=csv").text))
    assert next(iter(table))["skipped"] == f"excluded: {reps[2]}"

    fair = ops.get(f"/v1/pools/{POOL}/fairness").json()["report"]
    assert fair["turns"] == 4
    assert sum(member["gap"] for member in fair["members"]) == pytest.approx(0)
    for member in fair["members"]:
        assert sum(gap["turns"] for gap in member["gaps"]) == pytest.approx(member["gap"])
    rows = list(csv.DictReader(io.StringIO(ops.get(f"/v1/pools/{POOL}/fairness?format=csv").text)))
    assert {row["rep"] for row in rows} == {"ana", "ben"}

    assert ops.post(f"/v1/pools/{POOL}/reset", json={"note": "new quarter"}).status_code == 204
    members = ops.get(f"/v1/pools/{POOL}").json()["members"]
    assert [member["standing"] for member in members] == [0, 0]
    assert sum(member["turns"] for member in members) == 4


def test_what_is_not_there(ops: TestClient) -> None:
    for address in ("ledger", "fairness", "preview"):
        assert ops.get(f"/v1/pools/none/{address}").status_code == 404
    assert ops.post("/v1/pools/none/reset", json={"note": "x"}).status_code == 404
    stranger = {"rep": "zoe", "turns": 1, "note": "x"}
    assert ops.post(f"/v1/pools/{POOL}/correct", json=stranger).status_code == 409


def test_names_of_nobody_are_warned_about_with_the_one_that_was_meant(ops: TestClient) -> None:
    said = {"members": [{"rep": "ana"}, {"rep": "bena"}], "nobody": "overflow", "overflow": "Inbund/EMEA"}
    made = ops.put("/v1/pools/other", json=said).json()
    strange = [
        "member 'bena' is no rep yet and is passed over; did you mean 'ben'?",
        "overflow 'Inbund/EMEA' is no pool yet: contacts are held; did you mean 'Inbound/EMEA'?",
    ]
    assert made["warnings"] == strange
    listed = ops.get("/v1/pools").json()["pools"]
    assert [pool["warnings"] for pool in listed] == [[], strange]
    away = {"from": "2026-03-02T00:00:00Z", "until": "2026-03-05T00:00:00Z", "cover": "bem"}
    refused = ops.put("/v1/reps/ana", json={"absences": [away]})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"pointer": "#/absences", "detail": "name a cover who is no rep; did you mean 'ben'?"}
    ]
    both = [
        {"external_id": "ana", "absences": [{**away, "cover": "cy"}]},
        {"external_id": "cy", "name": "Cy"},
    ]
    assert [each["status"] for each in ops.post("/v1/reps/bulk", json=both).json()["results"]] == [200, 201]


@pytest.mark.parametrize(
    ("said", "where", "what"),
    [
        ({"rep": "anna"}, "#/rep", "names no rep; did you mean 'ana'?"),
        ({"accounts": {"rep": "bem"}}, "#/accounts", "names no rep; did you mean 'ben'?"),
        (
            {"accounts": {"members_of": "Inbund/EMEA"}},
            "#/accounts",
            "names a pool that there is not; did you mean",
        ),
        ({"kind": "moves", "join": ["nowhere at all"]}, "#/join", "names a pool that there is not"),
    ],
)
def test_a_hand_over_to_nobody_is_refused(
    ops: TestClient, said: dict[str, Any], where: str, what: str
) -> None:
    asked = {
        "rep": "ana",
        "kind": "leaves",
        "reason": "left",
        "accounts": {"rep": "ben"},
        "untouched": "rules",
    }
    refused = ops.post("/v1/handovers", json={**asked, **said})
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert error["pointer"] == where
    assert error["detail"].startswith(what)
