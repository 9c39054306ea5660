"""POST /v1/match: the matching half, for callers that decide themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.auth import Scope
from service.settings import Settings
from tests.service.organisation import organisation

DANA = {"email": "dana@northwind-robotics.com", "company": "Northwind Robotics", "country": "DE"}
NOBODY = {"email": "kim@gmail.com"}


@pytest.fixture
def matcher(settings: Settings) -> Iterator[TestClient]:
    """A caller with the scope match only."""
    app = create_app(settings)
    organisation(app.state.services.database)
    _, key = app.state.services.keys.create("marketing", frozenset({Scope.MATCH}))
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_one_contact_gets_one_result(matcher: TestClient) -> None:
    result = matcher.post("/v1/match", json=DANA).json()
    assert (result["outcome"], result["account_id"]) == ("matched", "A-1")
    assert 0.9 < result["score"] <= 1
    assert result["candidates"][0]["evidence"]


def test_several_contacts_get_a_result_each_in_order(matcher: TestClient) -> None:
    answer = matcher.post("/v1/match", json={"contacts": [NOBODY, DANA]})
    assert [result["account_id"] for result in answer.json()["results"]] == [None, "A-1"]


def test_flat_answers_are_scalars_and_never_empty(matcher: TestClient) -> None:
    matched = matcher.post("/v1/match?view=flat", json=DANA).json()
    assert matched["matched"] is True
    assert matched["account_name"] == "Northwind Robotics GmbH"
    unmatched = matcher.post("/v1/match?view=flat", json=NOBODY).json()
    assert unmatched == {
        "outcome": "unmatched",
        "matched": False,
        "account_id": "",
        "account_name": "",
        "score": 0.0,
        "reason": "no_candidate",
    }


# Contacts that say nothing usable or are malformed, with what their problem points at and says.
WRONG = [
    ({"first_name": "Ana"}, "", "needs a usable email, company, website or external_id"),
    ({"email": 7}, "/email", "must be a string"),
    ({"emial": "a@b.example"}, "/emial", "is not a field here; did you mean email?"),
    ({"company": "x" * 300}, "/company", "must have at most 256 characters"),
    ({}, "", "needs a usable email, company, website or external_id"),
    ("dana@northwind-robotics.com", "", "must be an object"),
    (None, "", "must be an object"),
]


@pytest.mark.parametrize(("wrong", "pointer", "detail"), WRONG)
def test_a_wrong_contact_among_several_gets_its_own_problem(
    matcher: TestClient, wrong: Any, pointer: str, detail: str
) -> None:
    answer = matcher.post("/v1/match", json={"contacts": [DANA, wrong, NOBODY]})
    assert answer.status_code == 200
    dana, refused, nobody = answer.json()["results"]
    assert [dana, nobody] == matcher.post("/v1/match", json={"contacts": [DANA, NOBODY]}).json()["results"]
    assert set(refused) == {"outcome", "status", "problem"}
    assert (refused["outcome"], refused["status"], refused["problem"]["status"]) == ("refused", 422, 422)
    assert any(
        error["pointer"] == f"#/contacts/1{pointer}" and detail in error["detail"]
        for error in refused["problem"]["errors"]
    )


@pytest.mark.parametrize(("wrong", "pointer", "detail"), WRONG)
def test_flat_a_wrong_contact_among_several_is_scalars_too(
    matcher: TestClient, wrong: Any, pointer: str, detail: str
) -> None:
    answer = matcher.post("/v1/match?view=flat", json={"contacts": [wrong, DANA]})
    refused, dana = answer.json()["results"]
    assert dana == matcher.post("/v1/match?view=flat", json=DANA).json()
    assert set(refused) == set(dana)
    assert (refused["outcome"], refused["matched"], refused["account_id"]) == ("refused", False, "")
    assert refused["reason"].startswith(f"#/contacts/0{pointer} ") and detail in refused["reason"]


@pytest.mark.parametrize(
    ("item", "pointer", "detail"),
    [
        (r'{"company": "Acme\u0000 Inc"}', "/company", "has a control character; leave it out"),
        (r'{"company": "Acme\u000bInc"}', "/company", "has a control character; leave it out"),
        (r'{"company": "Rocket \ud83d"}', "/company", "has half of a surrogate pair, which is no character"),
        ('{"company": "Acme", "custom": {"size": 1e999}}', "/custom/size", "must be a finite number"),
    ],
)
def test_what_no_string_or_number_may_have_stops_no_other_contact(
    matcher: TestClient, item: str, pointer: str, detail: str
) -> None:
    body = f'{{"contacts": [{json.dumps(DANA)}, {item}]}}'
    answer = matcher.post("/v1/match", content=body, headers={"Content-Type": "application/json"})
    dana, refused = answer.json()["results"]
    assert dana == matcher.post("/v1/match", json=DANA).json()
    assert refused["problem"]["errors"] == [{"pointer": f"#/contacts/1{pointer}", "detail": detail}]
    alone = matcher.post("/v1/match", content=item, headers={"Content-Type": "application/json"})
    assert alone.status_code == 422


def test_several_contacts_that_are_all_wrong_are_answered(matcher: TestClient) -> None:
    answer = matcher.post("/v1/match", json={"contacts": [{}, {}]})
    assert answer.status_code == 200
    assert [each["outcome"] for each in answer.json()["results"]] == ["refused", "refused"]


@pytest.mark.parametrize("body", [{"contacts": []}, {"contacts": {}}, {"contacts": [DANA], "view": "flat"}])
def test_a_body_that_is_no_list_of_contacts_is_refused(matcher: TestClient, body: Any) -> None:
    assert matcher.post("/v1/match", json=body).status_code == 422


def test_matching_needs_no_rulebook_and_stores_nothing(admin: TestClient) -> None:
    assert admin.post("/v1/match", json=DANA).json()["outcome"] == "unmatched"
    assert admin.get("/v1/decisions").json() == {"decisions": [], "next_cursor": None}


def test_the_scope_match_does_not_decide(matcher: TestClient) -> None:
    assert matcher.post("/v1/contacts", json=DANA).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"email": 7}, "#/email", "must be a string"),
        ({"emial": "a@b.example"}, "#/emial", "is not a field here; did you mean email?"),
        ({"first_name": "Ana"}, "#", "needs a usable email, company, website or external_id"),
    ],
)
def test_a_mistake_is_pointed_at_where_it_was_sent(
    admin: TestClient, body: dict[str, object], pointer: str, detail: str
) -> None:
    told = admin.post("/v1/match", json=body)
    assert told.status_code == 422
    assert {"pointer": pointer, "detail": detail} in told.json()["errors"]
