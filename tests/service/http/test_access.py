"""Around every request: an id, one log line without anything personal, headers, and the last resort."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg.errors
import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from service.api import webhooks
from service.app import create_app
from service.settings import Settings
from tests.service.served import served

CANARY = (
    "Zyxwvia",
    "Canaryson",
    "zyxwvia.canaryson@canary-mail.example",
    "+49 30 1234567",
    "Canary Works GmbH",
)
SENT = {
    "first_name": CANARY[0],
    "last_name": CANARY[1],
    "email": CANARY[2],
    "phone": CANARY[3],
    "company": CANARY[4],
}

api = APIRouter()


@api.get("/v1/test/fault/{name}")
async def fault(name: str) -> None:
    """Fail with somebody's name in the message, as a database driver would."""
    raise RuntimeError(f"duplicate key value violates unique constraint: ({name})")


@api.get("/v1/test/full")
async def full() -> None:
    """Fail as the driver does on a full disk, with somebody's name in the message."""
    raise OperationalError("INSERT", {}, psycopg.errors.DiskFull(f"could not extend: ({CANARY[1]})"))


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    with served(database_url, routes=api) as client:
        yield client


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The log: one JSON object on each line."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_request_is_one_line(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    client.get("/v1/decisions/some-id", headers={"X-Request-Id": "from-the-proxy-1"})
    (line,) = lines(capsys)
    assert line["event"] == "request"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/decisions/{decision_id}", 404)
    assert (line["request"], line["caller"], line["level"]) == ("from-the-proxy-1", "bootstrap", "info")
    assert line["ms"] >= 0


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g h", "line\tbreak-in-it"])
def test_an_id_that_is_not_fit_for_a_log_is_replaced(client: TestClient, given: str) -> None:
    assert client.get("/livez", headers={"X-Request-Id": given}).headers["X-Request-Id"] != given


def test_health_checks_do_not_fill_the_log(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    for path in ("/livez", "/metrics"):
        client.get(path)
    assert lines(capsys) == []


def test_nothing_personal_is_logged(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    """A person goes through every route that takes one, in every part of a request, and through a fault."""
    email = CANARY[2]
    client.post("/v1/contacts", json=SENT)
    client.post("/v1/contacts", json=SENT | {"employees": CANARY[0]})
    client.post("/v1/contacts", json=SENT | {CANARY[1]: 1})
    client.post("/v1/contacts", content=json.dumps(SENT)[:-1])
    client.post("/v1/contacts/batch", json={"contacts": [SENT]})
    client.post("/v1/match", json=SENT)
    client.post("/v1/webhooks/form", json=SENT)
    client.post("/v1/contacts", json=SENT, headers={"Idempotency-Key": email, "User-Agent": email})
    client.get("/v1/decisions", params={"email": email})
    client.get(f"/v1/decisions/{email}")
    client.get(f"/{email}")
    client.get("/livez", headers={"X-Request-Id": email, "Authorization": f"Bearer {email}"})
    client.get(f"/v1/test/fault/{CANARY[1]}")
    said = capsys.readouterr()
    metrics = client.get("/metrics").text
    for personal in CANARY:
        assert personal not in said.err
        assert personal not in said.out
        assert personal not in metrics


def test_a_fault_ends_here(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    """The caller learns an id to quote; the log has the kind and the place, and no message."""
    answer = client.get("/v1/test/fault/Canaryson")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    assert "Canaryson" not in answer.text
    first, second = lines(capsys)
    assert first["event"] == "fault"
    assert first["fault"] == "RuntimeError"
    assert first["frames"][-1].startswith("tests.service.http.test_access.fault:")
    assert (second["event"], second["status"]) == ("request", 500)


def test_why_the_database_cannot_is_known_by_its_code(
    client: TestClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is woken by a 503 sees that the disk is full, and no row."""
    monkeypatch.setattr(webhooks, "_take", lambda *_: full())
    for answer in (client.get("/v1/test/full"), client.post("/v1/webhooks/form", json=SENT)):
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    said = [line for line in lines(capsys) if line["event"] == "database"]
    assert [(line["fault"], line["code"]) for line in said] == [("OperationalError", "53100")] * 2
    assert CANARY[1] not in str(said)


def test_every_answer_has_the_headers_that_browsers_need(client: TestClient) -> None:
    for path in ("/livez", "/v1/keys", "/none", "/docs", "/v1/test/fault/x", "/console/"):
        headers = client.get(path, follow_redirects=False).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Server" not in headers
    assert client.get("/v1/keys").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "sent"), [("https://muster.example", True), ("http://muster.example", False)]
)
def test_encryption_is_asked_for_where_there_is_some(database_url: str, address: str, sent: bool) -> None:
    app = create_app(Settings.from_env({}, database_url=database_url, public_url=address, worker=False))
    with TestClient(app) as client:
        assert ("Strict-Transport-Security" in client.get("/livez").headers) is sent
