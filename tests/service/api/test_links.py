"""The links of notices: looked at by anybody as often as they like, used once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.delivery.links import PATH, Action, Link
from service.rulebook import publishing
from service.settings import Settings
from tests.service.api.conftest import BOOTSTRAP

RULEBOOK = """
version: 1
rules:
  - id: asia
    because: Asia is worked by Kenji
    when: {contact.country: {in: [JP, KR]}}
    then: {rep: kenji}
fallback: {then: {queue: inbound}}
"""


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A caller who may do everything, over an organisation of one rep."""
    with TestClient(create_app(settings)) as client:
        client.headers["Authorization"] = f"Bearer {BOOTSTRAP}"
        assert client.put("/v1/reps/kenji", json={"name": "Kenji"}).is_success
        services: Any = client.app.state.services  # type: ignore[attr-defined]
        publishing.publish(services.database, RULEBOOK, author="tests", reason=None, now=services.now())
        yield client


def assigned(client: TestClient, company: str) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/v1/contacts", json={"company": company, "country": "JP"}).json()
    assert found["assignment"]["rep"] == "kenji"
    return found


def link(client: TestClient, decision: dict[str, Any], action: Action, **said: Any) -> str:
    """The path of a link for the rep of a decision."""
    services: Any = client.app.state.services  # type: ignore[attr-defined]
    given = {
        "notice": f"msg_{decision['id']}_assigned:kenji",
        "assignment_id": decision["assignment"]["id"],
        "rep": "kenji",
        "action": action,
        "ends_at": services.now() + timedelta(days=14),
    }
    return PATH + services.links.url(Link(**(given | said))).partition(PATH)[2]


def status(client: TestClient, decision: dict[str, Any]) -> str:
    found: str = client.get(f"/v1/assignments/{decision['assignment']['id']}").json()["status"]
    return found


def test_a_link_asks_then_acts_once(client: TestClient) -> None:
    decision = assigned(client, "Akari")
    accept, reject = (link(client, decision, action) for action in Action)
    anybody = TestClient(client.app)
    for _ in range(3):  # scanners of mail look at every link
        page = anybody.get(accept)
        assert (page.status_code, anybody.head(reject).status_code) == (200, 200)
    assert status(client, decision) == "assigned"
    assert '<form method="post">' in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    done = anybody.post(accept)
    assert (done.status_code, status(client, decision)) == (200, "accepted")
    assert "Accepted" in done.text
    for used in (accept, reject):
        assert anybody.get(used).status_code == anybody.post(used).status_code == 409
    assert status(client, decision) == "accepted"


def test_of_two_answers_at_once_one_counts(client: TestClient) -> None:
    decision = assigned(client, "Eki")
    paths = [link(client, decision, action) for action in Action] * 3
    with ThreadPoolExecutor(len(paths)) as threads:
        found = sorted(answer.status_code for answer in threads.map(client.post, paths))
    assert found == [200] + [409] * (len(paths) - 1)
    assert status(client, decision) in ("accepted", "rejected")


def test_a_rejection_has_a_reason_and_is_the_reps(client: TestClient) -> None:
    decision = assigned(client, "Brio")
    path = link(client, decision, Action.REJECT)
    assert "another territory" in client.get(path).text
    assert client.post(path, data={"code": "not_mine", "reason": " is in \n Osaka "}).status_code == 200
    found = client.get(f"/v1/assignments/{decision['assignment']['id']}").json()
    assert (found["status"], found["reason"], found["ended_by"]) == ("rejected", "is in Osaka", "kenji")


def test_a_link_of_yesterdays_contact_does_nothing(client: TestClient) -> None:
    decision = assigned(client, "Cielo")
    path = link(client, decision, Action.ACCEPT)
    client.post(f"/v1/assignments/{decision['assignment']['id']}/complete")
    assert client.post(path).status_code == client.get(path).status_code == 409
    assert status(client, decision) == "completed"


def test_links_that_are_none(client: TestClient) -> None:
    decision = assigned(client, "Dora")
    services: Any = client.app.state.services  # type: ignore[attr-defined]
    ended = link(client, decision, Action.ACCEPT, ends_at=services.now() - timedelta(seconds=1))
    assert client.post(ended).status_code == client.get(ended).status_code == 410
    assert client.post(PATH + "x.y.z").status_code == client.get(PATH + "x").status_code == 404
    other = link(client, decision, Action.ACCEPT, rep="someone")
    assert client.post(other).status_code == 409
    assert status(client, decision) == "assigned"
