"""The worker as a whole: what comes in by webhook is decided and told to a real receiver."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import standardwebhooks
from fastapi.testclient import TestClient

from service.app import create_app
from service.delivery import signing
from service.delivery.signing import Secret
from service.rulebook import publishing
from service.settings import Settings
from service.worker.bell import Bell
from service.worker.worker import Loop, start_loops
from tests.service.api.conftest import beside
from tests.service.delivery.receiver import Got, receiving

KEY = "bootstrap-key-of-the-tests"
RULEBOOK = """
version: 1
rules:
  - id: asia
    because: Asia is worked by Kenji
    when: {contact.country: {in: [JP, KR]}}
    then: {rep: kenji}
fallback: {then: {queue: inbound}}
"""


def wait_for(check: Callable[[], bool]) -> None:
    """Wait until something is so, for as long as the test may last."""
    pause = threading.Event()
    while not check():
        pause.wait(0.02)


def test_from_a_signed_webhook_to_a_signed_delivery(database_url: str) -> None:
    settings = Settings.from_env(
        {"MUSTER_DELIVERY_ALLOW": "127.0.0.0/8"}, database_url=database_url, bootstrap_key=KEY, worker=True
    )
    with receiving() as receiver, TestClient(create_app(settings)) as client:
        client.headers["Authorization"] = f"Bearer {KEY}"
        assert client.put("/v1/reps/kenji", json={"name": "Kenji"}).is_success
        services = client.app.state.services  # type: ignore[attr-defined]
        publishing.publish(services.database, RULEBOOK, author="tests", reason=None, now=services.now())
        told = client.post("/v1/destinations", json={"name": "crm", "url": receiver.url}).json()
        source = client.post("/v1/sources", json={"name": "forms"}).json()
        send(client, source["secret"], [{"company": "Akari", "country": "JP"}, {"company": "Brio"}, {"x": 1}])
        wait_for(lambda: len(receiver.got) == 2 and states(client) == {"delivered"})
    said = {check(got, told["secret"])["type"] for got in receiver.got}
    assert said == {"contact.assigned", "contact.queued"}
    (assigned,) = [check(got, told["secret"]) for got in receiver.got if b"contact.assigned" in got.body]
    assert assigned["data"]["routing"]["assignee"] == "kenji"
    assert assigned["data"]["routing"]["because"] == "Asia is worked by Kenji"
    assert assigned["data"]["contact"]["company"] == "Akari"


def send(client: TestClient, secret: str, body: Any) -> None:
    """Post to the source `forms` as a system that knows the secret only."""
    now = datetime.now(UTC)
    raw = json.dumps(body).encode()
    headers = signing.headers([Secret(value=secret, created_at=now)], "msg_in_1", now, raw)
    answer = beside(client).post(
        "/v1/webhooks/forms", content=raw, headers={"Content-Type": "application/json", **headers}
    )
    assert [each["result"] for each in answer.json()["results"]] == ["accepted", "accepted", "quarantined"]


def states(client: TestClient) -> set[str]:
    return {each["state"] for each in client.get("/v1/deliveries").json()["deliveries"]}


def check(got: Got, secret: str) -> Any:
    """The message, if the library of Standard Webhooks accepts it."""
    return standardwebhooks.Webhook(secret).verify(got.body, got.headers)


# --- loops ---------------------------------------------------------------------------------------


def run(loop: Loop, bell: Bell, until: threading.Event) -> None:
    """Turn a loop until something has happened, then stop it."""
    stopping = threading.Event()
    threads = start_loops([loop], bell, stopping)
    until.wait()
    stopping.set()
    bell.ring()
    for thread in threads:
        thread.join()


def test_a_loop_that_fails_goes_on() -> None:
    calls, done = [], threading.Event()

    def work() -> bool:
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError("the database is away")
        done.set()
        return False

    run(Loop(name="x", run=work, seconds=0.001, hears=True), Bell(), done)
    assert len(calls) >= 3


def test_the_bell_wakes_a_loop_that_rests() -> None:
    bell, calls = Bell(), []
    first, done = threading.Event(), threading.Event()

    def work() -> bool:
        calls.append(1)
        (first if len(calls) == 1 else done).set()
        return False

    stopping = threading.Event()
    threads = start_loops([Loop(name="x", run=work, seconds=3600, hears=True)], bell, stopping)
    first.wait()
    while not done.is_set():
        bell.ring()
        done.wait(0.01)
    stopping.set()
    bell.ring()
    for thread in threads:
        thread.join()


def test_a_loop_with_more_to_do_does_not_rest() -> None:
    left, done = [5], threading.Event()

    def work() -> bool:
        left[0] -= 1
        if left[0] == 0:
            done.set()
        return left[0] > 0

    run(Loop(name="x", run=work, seconds=3600, hears=True), Bell(), done)
    assert left[0] <= 0


def test_a_loop_that_does_not_hear_rests_whatever_rings_and_still_stops() -> None:
    bell, calls, first = Bell(), [], threading.Event()

    def work() -> bool:
        calls.append(1)
        first.set()
        return False

    stopping = threading.Event()
    threads = start_loops([Loop(name="x", run=work, seconds=3600, hears=False)], bell, stopping)
    first.wait()
    for _ in range(20):
        bell.ring()
    stopping.set()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
