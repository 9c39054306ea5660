"""The nasty inputs against POST /v1/webhooks/{source}: no call is sent away for one of its items."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.db import inbox
from service.db.engine import Database
from service.worker.inbox import Inbox
from tests.nasty import contact, inputs
from tests.service.served import served

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    """A caller of a service that queues every contact."""
    with served(database_url) as client:
        yield client


def test_every_input(client: TestClient, database: Database) -> None:
    """Each input has a source of its own, then the worker decides whatever was accepted."""
    for place, nasty in enumerate(inputs()):
        source = f"s{place}"
        assert client.post("/v1/sources", json={"name": source}).status_code == 201
        for body in nasty.before:
            assert client.post(f"/v1/webhooks/{source}", content=body, headers=JSON).status_code == 202
        answer = client.post(f"/v1/webhooks/{source}", content=nasty.content(), headers=dict(nasty.headers))
        assert answer.status_code == nasty.hook["status"], nasty.name
        if answer.status_code == 202:
            found = [each["result"] for each in answer.json()["results"]]
            assert found == nasty.hook["items"], (nasty.name, answer.text)
        else:
            assert answer.headers["Content-Type"] == "application/problem+json"
            with database.read() as connection:
                assert len(inbox.page(connection, source, None, None, 10)) == len(nasty.before), nasty.name
    decide_all(client)
    with database.read() as connection:
        waiting = {state for _, state in inbox.counts(connection)}
    assert waiting == {inbox.State.QUARANTINED, inbox.State.CONFLICT}


def decide_all(client: TestClient) -> None:
    """Do what the worker does, until nothing is left."""
    services = client.app.state.services  # type: ignore[attr-defined]
    worker = Inbox(services.database, services.flow.handle, services.now)
    while worker.run():
        pass


def test_43_the_newer_event_stands(client: TestClient) -> None:
    client.post("/v1/sources", json={"name": "forms"})
    newer = contact(43, '"event_id":"new","occurred_at":"2026-02-02T00:00:00Z","company":"New"')
    for body in (newer, contact(43, '"company":"Old"')):
        assert client.post("/v1/webhooks/forms", content=body, headers=JSON).status_code == 202
        decide_all(client)
    found = client.get("/v1/decisions").json()["decisions"]
    assert [each["routing"]["outcome"] for each in found] == ["superseded", "queued"]


def test_44_a_poisonous_item_stops_no_other(client: TestClient) -> None:
    client.post("/v1/sources", json={"name": "forms"})
    items = [contact(f"44-{number}").decode() for number in range(100)]
    items[57] = contact(57, '"employees":true').decode()
    answer = client.post("/v1/webhooks/forms", content="[" + ",".join(items) + "]", headers=JSON)
    results = [each["result"] for each in answer.json()["results"]]
    assert [place for place, result in enumerate(results) if result != "accepted"] == [57]
    decide_all(client)
    assert len(client.get("/v1/decisions", params={"limit": 200}).json()["decisions"]) == 99


def test_45_the_size_of_a_batch(client: TestClient) -> None:
    client.post("/v1/sources", json={"name": "forms"})
    for count, status in ((0, 202), (1000, 202), (1001, 413)):
        body = "[" + ",".join(contact(number).decode() for number in range(count)) + "]"
        assert client.post("/v1/webhooks/forms", content=body, headers=JSON).status_code == status
