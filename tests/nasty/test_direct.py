"""The nasty inputs against POST /v1/contacts: never a 500, and nothing stored on an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from service.db import decisions
from service.db.engine import Database
from service.db.tables import metadata
from service.decision import Decision
from tests.nasty import Nasty, contact, inputs
from tests.service.served import served

JSON = {"Content-Type": "application/json"}
INPUTS = inputs()


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    """A caller of a service that queues every contact."""
    with served(database_url) as client:
        yield client


def stored(database: Database) -> Counter[str]:
    """How many rows each table has."""
    with database.read() as connection:
        counts = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        )
        return Counter(dict(zip((table.name for table in metadata.sorted_tables), counts, strict=True)))


def send(client: TestClient, nasty: Nasty) -> Any:
    return client.post("/v1/contacts", content=nasty.content(), headers=dict(nasty.headers))


@pytest.mark.parametrize("nasty", INPUTS, ids=[nasty.name for nasty in INPUTS])
def test_an_input(nasty: Nasty, client: TestClient, database: Database) -> None:
    for body in nasty.before:
        assert client.post("/v1/contacts", content=body, headers=JSON).is_success
    before = stored(database)
    answer = send(client, nasty)
    assert answer.status_code == nasty.direct["direct"], answer.text
    if answer.is_success:
        check_decision(client, answer.json(), nasty.direct.get("stored", {}))
    else:
        check_problem(answer, nasty)
        assert stored(database) == before


def check_problem(answer: Any, nasty: Nasty) -> None:
    """The answer is a problem document that names every place and repeats nothing of the body."""
    document = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert document["type"] == f"/docs/errors#{nasty.direct['problem']}"
    pointers = [error["pointer"] for error in document.get("errors", [])]
    assert pointers == nasty.direct.get("errors", [])
    for said in ("evil", "Acme", "xxx", "Bob", "localhost", "127.0.0.1", "999999", "Caf"):
        assert said not in answer.text


def check_decision(client: TestClient, answer: dict[str, Any], expected: dict[str, Any]) -> None:
    """What was stored is what came in, and what is not to be trusted was not."""
    database: Database = client.app.state.services.database  # type: ignore[attr-defined]
    with database.read() as connection:
        decision = decisions.get(connection, answer["id"])
    assert decision is not None
    found = {name: described(decision, name) for name in expected}
    assert found == expected


def described(decision: Decision, name: str) -> Any:
    """One thing that the file may expect of a stored decision."""
    if name == "domains":
        return [
            (domain.registrable or domain.host) + ("" if domain.kind == "company" else f" {domain.kind}")
            for domain in decision.normalized.domains
        ]
    if name == "flags":
        return list(decision.normalized.flags)
    if name == "future":
        return decision.occurred_at > decision.at
    if name == "outcome":
        return decision.routing.outcome
    return getattr(decision.contact, name)


def test_41_a_crowd_with_one_event_is_one_decision(client: TestClient, database: Database) -> None:
    before = stored(database)
    with ThreadPoolExecutor(16) as crowd:
        answers = list(
            crowd.map(lambda _: client.post("/v1/contacts", content=contact(41), headers=JSON), range(50))
        )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 49}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert stored(database)["decision"] - before["decision"] == 1


def test_43_the_newer_event_stands(client: TestClient) -> None:
    newer = contact(43, '"event_id":"new","occurred_at":"2026-02-02T00:00:00Z","company":"New"')
    first = client.post("/v1/contacts", content=newer, headers=JSON).json()
    late = client.post("/v1/contacts", content=contact(43, '"company":"Old"'), headers=JSON).json()
    assert late["routing"]["outcome"] == "superseded"
    assert late["assignment"] is None
    again = client.post("/v1/contacts", content=newer, headers=JSON).json()
    assert again["id"] == first["id"]


def test_44_a_poisonous_item_stops_no_other(client: TestClient, database: Database) -> None:
    items = [contact(f"44-{number}").decode() for number in range(100)]
    items[57] = contact(57, '"employees":true').decode()
    body = '{"contacts":[' + ",".join(items) + "]}"
    answer = client.post("/v1/contacts/batch", content=body, headers=JSON)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [number for number, result in enumerate(results) if result["status"] != 201] == [57]
    assert results[57]["problem"]["errors"][0]["pointer"] == "#/contacts/57/employees"
    assert stored(database)["decision"] == 99


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1001, 413)])
def test_45_the_size_of_a_batch(client: TestClient, database: Database, count: int, status: int) -> None:
    body = '{"contacts":[' + ",".join(contact(n).decode() for n in range(count)) + "]}"
    before = stored(database)
    assert client.post("/v1/contacts/batch", content=body, headers=JSON).status_code == status
    assert stored(database) == before


def test_no_input_is_a_500_anywhere_a_body_is_taken(client: TestClient) -> None:
    """The same bytes against every other place that reads JSON: they may be refused, never fail."""
    document = client.get("/openapi.json").json()
    places = [
        (method, path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if "requestBody" in operation and "{" not in path
    ]
    assert len(places) > 3
    sent = [each for each in INPUTS if len(each.body) < 1_000_000]

    failed = []

    async def send_all() -> None:
        """In the loop that answers: between threads, each of some thousand calls would take twice as long."""
        transport = httpx2.ASGITransport(client.app)
        named = {"base_url": client.base_url, "headers": client.headers}
        async with httpx2.AsyncClient(transport=transport, **named) as caller:
            for method, path in places:
                for nasty in sent:
                    headers = dict(nasty.headers)
                    answer = await caller.request(method, path, content=nasty.content(), headers=headers)
                    if answer.status_code >= 500:
                        failed.append((method, path, nasty.name, answer.status_code))

    assert client.portal is not None
    client.portal.call(send_all)
    assert failed == []


def test_the_clock_of_a_sender_that_is_a_day_ahead_does_not_order_events(client: TestClient) -> None:
    """40: the event counts as of now, so that what really comes later is not stale."""
    now = client.app.state.services.now()  # type: ignore[attr-defined]
    ahead = (now + timedelta(days=1)).isoformat()
    first = client.post("/v1/contacts", content=contact(40, f'"occurred_at":"{ahead}"'), headers=JSON)
    later = (client.app.state.services.now()).isoformat()  # type: ignore[attr-defined]
    second = contact(40, f'"event_id":"later","occurred_at":"{later}"')
    assert first.status_code == 201
    answer = client.post("/v1/contacts", content=second, headers=JSON).json()
    assert answer["routing"]["outcome"] == "queued"
