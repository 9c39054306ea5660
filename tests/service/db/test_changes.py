"""Changes of the configuration are on record with the values before and after, and with no secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Connection

from service.db import audit
from service.db.changes import CHANGED, hidden, note
from service.db.engine import Database
from tests.service.served import served

RULEBOOK = "version: 1\nrules: []\nfallback: {then: {queue: others}}\n"


def test_before_and_after(database_url: str) -> None:
    with served(database_url) as client:
        client.put("/v1/reps/ana", json={"name": "Ana"})
        client.put("/v1/reps/ana", json={"name": "Ana B", "absences": []})
        client.put("/v1/reps/ana", json={"name": "Ana B"})
        client.put("/v1/pools/p", json={"members": [{"rep": "ana"}]})
        client.put("/v1/pools/p", json={"members": [{"rep": "ana", "weight": 2}]})
        made = client.post("/v1/sources", json={"name": "forms"}).json()
        client.patch("/v1/sources/forms", json={"active": False})
        turned = client.post("/v1/sources/forms/rotate", json={}).json()
        there = {"name": "crm", "url": "https://crm.example/hook/of-nobody-else"}
        destination = client.post("/v1/destinations", json=there).json()
        client.patch(f"/v1/destinations/{destination['destination']['id']}", json={"active": False})
        live = client.get("/v1/rulebook").json()["version"]
        draft = client.get("/v1/rulebook/draft").headers["etag"]
        etag = client.put(
            "/v1/rulebook/draft", content=RULEBOOK, headers={"If-Match": draft, "Content-Type": "text/yaml"}
        ).headers["etag"]
        client.post("/v1/rulebook/publish", json={"reason": "x"}, headers={"If-Match": etag})
        person = client.post("/v1/people", json={"email": "ben@example.com", "roles": ["read"]}).json()
        client.patch(f"/v1/people/{person['person']['id']}", json={"roles": ["ops-editor"]})
        client.delete("/v1/sources/forms")
        after = client.get("/v1/rulebook").json()["version"]
        answer = client.get("/v1/audit", params={"action": CHANGED})
        entries = [
            (each["subject"], each["detail"]["before"], each["detail"]["after"], each["actor"])
            for each in reversed(answer.json()["entries"])
        ]
    said = [(subject, before, new) for subject, before, new, _ in entries]
    assert {actor for *_, actor in entries} == {"bootstrap"}
    assert ("rep ana", {"name": "Ana"}, {"name": "Ana B"}) in said
    assert sum(subject == "rep ana" for subject, *_ in said) == 2, "what changes nothing is no change"
    assert ("pool p", {"members": {"ana": 1}}, {"members": {"ana": 2}}) in said
    assert ("source forms", {"active": True}, {"active": False}) in said
    assert ("source forms", {"secrets": "set"}, {"secrets": "set anew"}) in said
    assert ("destination crm", {"active": True}, {"active": False}) in said
    assert ("rulebook live", {"version": live}, {"version": after}) in said and live != after
    assert ("person ben@example.com", {"roles": ["read"]}, {"roles": ["ops-editor"]}) in said
    assert said[-1][0] == "source forms" and said[-1][2] is None
    for secret in (made["secret"], turned["secret"], destination["secret"], "of-nobody-else"):
        assert secret not in answer.text


def test_what_nobody_does_is_not_noted(database: Database) -> None:
    def work(connection: Connection) -> list[Any]:
        note(connection, "pool", "p", {"a": 1}, {"a": 2})
        return audit.page(connection, audit.Wanted(actions=frozenset((CHANGED,))), 10)

    assert database.transact(work) == []


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (None, "a", (None, "set")),
        ("a", None, ("set", None)),
        ("a", "a", ("set", "set")),
        ("a", "b", ("set", "set anew")),
        (None, None, (None, None)),
    ],
)
def test_a_secret_is_shown_as_set(before: Any, after: Any, shown: Any) -> None:
    assert hidden(before, after) == shown
    assert "a" not in json.dumps(shown).replace("anew", "")
