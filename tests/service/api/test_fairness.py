"""service/api/fairness.py: every pool and every rep, expected against actual, by day, as JSON and as CSV."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient

from service.db import rulebooks
from service.db.engine import Database
from tests.service.organisation import MONDAY

RULEBOOK = """
version: 1
rules:
  - {id: events, because: Theirs, when: {contact.source: event}, then: {pool: events}}
fallback: {because: Turns, then: {pool: inbound}}
"""


def test_every_pool_and_every_rep_with_each_gap_explained(admin: TestClient, database: Database) -> None:
    for name in ("ana", "ben"):
        admin.put(f"/v1/reps/{name}", json={"name": name.title()})
    for pool, weight in (("inbound", 1), ("events", 3)):
        members = [{"rep": "ana", "weight": weight}, {"rep": "ben"}]
        admin.put(f"/v1/pools/{pool}", json={"members": members})
    with database.write() as connection:
        rulebooks.publish(connection, RULEBOOK, author="test", reason=None, at=MONDAY)
    for number in range(8):
        source = "event" if number % 2 else "form"
        sent = admin.post("/v1/contacts", json={"email": f"p{number}@firm{number}.example", "source": source})
        assert sent.status_code == 201
    admin.post("/v1/reps/ben/offline", json={})
    for number in range(8, 10):
        admin.post("/v1/contacts", json={"email": f"p{number}@firm{number}.example"})

    told = admin.get("/v1/reports/fairness").json()
    shown = {
        part["pool"]: {
            member["rep"]: (member["turns"], member["expected"], member["share"], member["expected_share"])
            for member in part["members"]
        }
        for part in told["pools"]
    }
    assert shown == {
        "inbound": {"ana": (4, 3.0, 4 / 6, 0.5), "ben": (2, 3.0, 2 / 6, 0.5)},
        "events": {"ana": (3, 3.0, 0.75, 0.75), "ben": (1, 1.0, 0.25, 0.25)},
    }
    reps = {each["rep"]: each for each in told["reps"]}
    assert (reps["ana"]["turns"], reps["ana"]["expected"], reps["ana"]["gap"]) == (7, 6.0, 1.0)
    assert [(gap["reason"], gap["turns"], gap["times"]) for gap in reps["ben"]["gaps"]] == [
        ("offline", -1.0, 2)
    ]

    split = {
        "each": "day",
        "pool": "inbound",
        "rep": "ben",
        "since": "2020-01-31T23:30:00Z",
        "zone": "Asia/Kolkata",
    }
    until = told["until"]
    few = admin.get("/v1/reports/fairness", params={**split, "until": "2020-02-03T00:00:00Z"}).json()["pools"]
    assert [part["since"][:16] for part in few] == [
        "2020-01-31T23:30",
        "2020-02-02T00:00",
        "2020-02-03T00:00",
    ]
    assert [part["members"] for part in few] == [[], [], []], "nobody was a member then"
    many = admin.get("/v1/reports/fairness", params={"each": "month", "until": until}).json()["pools"]
    assert sum(part["turns"] for part in many) == 10

    as_csv = admin.get("/v1/reports/fairness", params={"format": "csv"})
    assert as_csv.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [(line["pool"], line["rep"], line["reason"]) for line in lines][:2] == [
        ("inbound", "ana", "others_passed_over"),
        ("inbound", "ben", "offline"),
    ]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("pool=nobody", "pool"),
        ("zone=Mars", "zone"),
        ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "since"),
        ("each=day&since=2020-01-01T00:00:00Z", "each"),
        ("each=minute", "each"),
    ],
)
def test_what_is_wrong_is_named(admin: TestClient, asked: str, named: str) -> None:
    found = admin.get(f"/v1/reports/fairness?{asked}")
    assert found.status_code == 422
    assert [error["parameter"] for error in found.json()["errors"]] == [named]
