"""POST /v1/contacts and /batch: one decision an event, whoever sends it and however often."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from service.app import create_app
from service.auth import Scope
from service.settings import Settings
from tests.service.organisation import organisation

DANA = {"email": "dana@northwind-robotics.com", "company": "Northwind Robotics", "country": "Germany"}


@pytest.fixture
def sender(settings: Settings) -> Iterator[TestClient]:
    """A caller with the scope intake, of an organisation with a live rulebook."""
    app = create_app(settings)
    services = app.state.services
    organisation(services.database)
    _, key = services.keys.create("crm", frozenset({Scope.INTAKE}))
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def post(client: TestClient, body: Any, **headers: str) -> Response:
    return client.post(
        "/v1/contacts", json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def test_a_contact_is_answered_with_its_decision(sender: TestClient) -> None:
    answer = post(sender, DANA)
    assert answer.status_code == 201
    decision = answer.json()
    assert decision["match"]["outcome"] == "matched"
    assert decision["match"]["account_id"] == "A-1"
    points = sum(evidence["points"] for evidence in decision["match"]["candidates"][0]["evidence"])
    assert points == pytest.approx(decision["match"]["candidates"][0]["points"])
    assert decision["routing"]["outcome"] == "assigned"
    assert decision["routing"]["rule"] == "owner"
    assert decision["assignment"]["rep"] == "dan"
    assert {claim["verdict"] for claim in decision["routing"]["claims"]} >= {
        "won",
        "not_applicable",
        "outranked",
    }
    assert set(decision["versions"]) == {"policy", "rulebook"}


def test_the_same_body_again_is_the_same_decision(sender: TestClient) -> None:
    first, again = post(sender, DANA), post(sender, dict(reversed(DANA.items())))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_the_same_event_id_with_another_body_is_refused_and_the_first_stands(sender: TestClient) -> None:
    first = post(sender, DANA | {"event_id": "e-1"})
    other = post(sender, DANA | {"event_id": "e-1", "title": "CTO"})
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"
    assert other.json()["type"].endswith("#key-reused")
    assert post(sender, DANA | {"event_id": "e-1"}).json() == first.json()


def test_an_idempotency_key_names_the_event(sender: TestClient) -> None:
    first = post(sender, DANA, Idempotency_Key="call-1")
    again = post(sender, DANA, Idempotency_Key="call-1")
    other_call = post(sender, DANA, Idempotency_Key="call-2")
    other_body = post(sender, DANA | {"title": "CTO"}, Idempotency_Key="call-1")
    assert (first.status_code, again.status_code, other_call.status_code) == (201, 200, 201)
    assert first.json() == again.json() != other_call.json()
    assert other_body.status_code == 422


def test_who_says_nothing_usable_is_refused(sender: TestClient) -> None:
    answer = post(sender, {"email": "nobody@localhost", "first_name": "Ana"})
    assert answer.status_code == 422
    assert "email, company, website or external_id" in answer.json()["errors"][0]["detail"]


def test_an_unusable_email_is_no_obstacle_when_a_company_is_given(sender: TestClient) -> None:
    answer = post(sender, {"email": "a@b@c", "company": "Northwind Robotics GmbH", "country": "DE"})
    assert answer.status_code == 201
    assert answer.json()["match"]["candidates"][0]["account_id"] == "A-1"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("employees", True, "whole number"),
        ("employees", "12", "whole number"),
        ("employees", -1, "at least 0"),
        ("company", "x" * 257, "at most 256"),
        ("occurred_at", "2026-03-02T09:00:00", "time zone"),
        ("occurred_at", 1772442000, "2026-01-31T09:30:00Z"),
        ("occurred_at", "0001-01-01T00:00:00+14:00", "must lie between 1970 and 2100"),
        ("occurred_at", "9999-12-31T23:59:59-14:00", "must lie between 1970 and 2100"),
        ("occurred_at", 1767225600, "must be a time such as 2026-01-31T09:30:00Z"),
        ("website", "http://example.com\\@evil.example/", "plain address"),
        ("motion", "sideways", "inbound"),
        ("external_id", "activation:A-1", "kept for activated accounts"),
        ("external_id", "Erased:17", "kept for people whose data were erased"),
        ("tenant_id", "elsewhere", "not a field here"),
        ("compny", "Acme", "did you mean company?"),
        ("custom", {"k": [1]}, ""),
    ],
)
def test_a_wrong_field_is_named_and_its_value_never_repeated(
    sender: TestClient, field: str, value: Any, says: str
) -> None:
    answer = post(sender, DANA | {field: value})
    assert answer.status_code == 422
    told = answer.json()
    del told["request_id"]  # it may have any digits
    [error, *_] = told["errors"]
    assert error["pointer"].startswith(f"#/{field}")
    assert says in error["detail"]
    assert str(value) not in str(told)


def test_a_batch_answers_each_contact_by_itself(sender: TestClient) -> None:
    good, other = DANA, {"email": "p1@firm1.example", "event_id": "e-1"}
    answer = sender.post(
        "/v1/contacts/batch",
        json={"contacts": [good, {"employees": "many"}, other, other, {**other, "title": "x"}, 7]},
    )
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 422, 201, 200, 422, 422]
    assert results[1]["problem"]["errors"][0]["pointer"] == "#/contacts/1/employees"
    assert results[2]["decision"] == results[3]["decision"]
    assert results[1]["decision"] is None and results[0]["problem"] is None


def test_a_control_character_stops_no_other_contact_of_a_batch(sender: TestClient) -> None:
    answer = sender.post("/v1/contacts/batch", json={"contacts": [DANA, {"company": "Acme\0Inc"}]})
    assert [each["status"] for each in answer.json()["results"]] == [201, 422]


def test_a_batch_can_be_repeated(sender: TestClient) -> None:
    body = {"contacts": [{"email": f"p{n}@firm{n}.example"} for n in range(20)]}
    first = sender.post("/v1/contacts/batch", json=body).json()["results"]
    again = sender.post("/v1/contacts/batch", json=body).json()["results"]
    assert [r["decision"]["id"] for r in again] == [r["decision"]["id"] for r in first]
    assert {r["status"] for r in again} == {200}


@pytest.mark.parametrize(("contacts", "status"), [([], 422), ([{"company": "x"}] * 1001, 413)])
def test_a_batch_has_a_size(sender: TestClient, contacts: list[Any], status: int) -> None:
    assert sender.post("/v1/contacts/batch", json={"contacts": contacts}).status_code == status


def test_callers_at_the_same_time_get_the_same_decision(sender: TestClient) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: post(sender, DANA), range(32)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 31 + [201]


def test_before_a_rulebook_is_live_callers_are_asked_to_come_back(admin: TestClient) -> None:
    answer = post(admin, DANA)
    assert answer.status_code == 503
    assert "rulebook" in answer.json()["detail"]
    assert "retry-after" in answer.headers
