"""/v1/rulebook over HTTP: revisions, refusals, who may do what, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from matching.types import Contact
from routing.rulebook import version_of
from service.app import create_app
from service.auth import Scope
from service.services import Services
from service.settings import Settings
from tests.service.organisation import arriving, organisation
from tests.service.rules import text_of

FIRST, SECOND, THIRD = text_of("first"), text_of("second"), text_of("third")
YAML = {"Content-Type": "application/yaml"}


class Office:
    """The API of an organisation whose first rulebook is live."""

    def __init__(self, client: TestClient, services: Services) -> None:
        self.client = client
        self.services = services

    def key(self, *scopes: Scope) -> dict[str, str]:
        """The header of a new key, which is called by its scopes."""
        _, text = self.services.keys.create("+".join(scopes), frozenset(scopes))
        return {"Authorization": f"Bearer {text}"}

    def etag(self) -> str:
        return self.client.get("/v1/rulebook/draft").headers["etag"]

    def save(self, text: str, etag: str | None = None) -> Response:
        headers = YAML | {"If-Match": etag or self.etag()}
        return self.client.put("/v1/rulebook/draft", content=text, headers=headers)

    def publish(self, etag: str | None = None) -> Response:
        headers = {"If-Match": etag or self.etag()}
        return self.client.post("/v1/rulebook/publish", json={"reason": "it is time"}, headers=headers)

    def go_live(self, text: str) -> str:
        self.save(text)
        return self.publish().json()["version"]

    def live(self) -> str:
        return self.client.get("/v1/rulebook").json()["version"]


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    app = create_app(settings)
    organisation(app.state.services.database, FIRST)
    with TestClient(app) as client:
        opened = Office(client, app.state.services)
        client.headers |= opened.key(Scope.OPS_EDITOR, Scope.OPS_APPROVER)
        yield opened


def problem(response: Response, status: int, slug: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    document: dict[str, Any] = response.json()
    assert document["type"].endswith(f"#{slug}")
    return document


# --- live ---------------------------------------------------------------------------


def test_nothing_is_live_before_the_first_publication(admin: TestClient) -> None:
    problem(admin.get("/v1/rulebook"), 404, "not-found")
    draft = admin.get("/v1/rulebook/draft").json()
    assert (draft["text"], draft["live"], draft["author"]) == ("", None, None)
    problem(admin.post("/v1/rulebook/draft/plan"), 409, "conflict")
    problem(admin.post("/v1/rulebook/rollback", json={"reason": "x"}), 409, "conflict")


def test_the_live_rulebook_tells_what_is_in_it_and_who_published_it(office: Office) -> None:
    answer = office.client.get("/v1/rulebook")
    found = answer.json()
    assert (found["text"], found["version"]) == (FIRST, version_of(FIRST))
    assert found["published"]["author"] == "test"
    assert [rule["id"] for rule in found["summary"]["rules"]] == ["first", "fallback"]
    assert (found["summary"]["reps"], found["summary"]["pools"]) == (["dan"], ["inbound"])
    assert answer.headers["etag"] == f'"{version_of(FIRST)}"'


def test_a_live_rulebook_that_is_known_is_not_sent_again(office: Office) -> None:
    known = {"If-None-Match": office.client.get("/v1/rulebook").headers["etag"]}
    again = office.client.get("/v1/rulebook", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    office.go_live(SECOND)
    assert office.client.get("/v1/rulebook", headers=known).status_code == 200


# --- the draft ------------------------------------------------------------------------


def test_a_draft_needs_the_revision_it_is_based_on(office: Office) -> None:
    put = office.client.put
    problem(put("/v1/rulebook/draft", content=SECOND, headers=YAML), 428, "revision-needed")
    problem(
        put("/v1/rulebook/draft", content=SECOND, headers=YAML | {"If-Match": "*"}), 428, "revision-needed"
    )
    weak = YAML | {"If-Match": f"W/{office.etag()}"}
    problem(put("/v1/rulebook/draft", content=SECOND, headers=weak), 428, "revision-needed")
    assert office.client.get("/v1/rulebook/draft").json()["changed"] is False


def test_a_draft_that_someone_else_changed_is_not_overwritten(office: Office) -> None:
    seen = office.etag()
    mine = office.save(SECOND, seen)
    assert mine.status_code == 200
    refused = office.save(THIRD, seen)
    problem(refused, 412, "stale")
    assert refused.headers["etag"] == mine.headers["etag"] == office.etag()
    assert office.save(THIRD, refused.headers["etag"]).status_code == 200


def test_a_draft_may_have_faults_and_the_answer_lists_them(office: Office) -> None:
    saved = office.save(SECOND.replace("rep: dan", "rep: dann")).json()
    [fault] = saved["problems"]
    assert (fault["code"], fault["line"], fault["hint"]) == ("unknown_rep", 6, "did you mean 'dan'?")
    assert (saved["changed"], saved["live"]) == (True, version_of(FIRST))
    assert saved["author"] == "ops-editor+ops-approver"


def test_a_draft_is_given_up(office: Office) -> None:
    office.save(SECOND)
    problem(office.client.delete("/v1/rulebook/draft"), 428, "revision-needed")
    left = office.client.delete("/v1/rulebook/draft", headers={"If-Match": office.etag()}).json()
    assert (left["text"], left["changed"], left["author"]) == (FIRST, False, None)


@pytest.mark.parametrize("kind", ["text/yaml", "application/yaml; charset=utf-8", "application/x-yaml"])
def test_texts_are_yaml(office: Office, kind: str) -> None:
    headers = {"Content-Type": kind, "If-Match": office.etag()}
    assert office.client.put("/v1/rulebook/draft", content=SECOND, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status", "slug"),
    [
        (b"{}", "application/json", 415, "unsupported-media-type"),
        (b"a: b", "text/plain", 415, "unsupported-media-type"),
        (b"", "application/yaml", 400, "malformed"),
        (b"a: \xff", "application/yaml", 400, "malformed"),
        (b"a: \0", "application/yaml", 400, "malformed"),
        (b"a" * (1_048_576 + 1), "application/yaml", 413, "too-large"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_text_of_a_rulebook(
    office: Office, body: bytes, kind: str, status: int, slug: str
) -> None:
    headers = {"Content-Type": kind, "If-Match": office.etag()}
    problem(office.client.put("/v1/rulebook/draft", content=body, headers=headers), status, slug)


# --- check, test, plan ------------------------------------------------------------------


def test_a_text_is_checked_or_else_the_draft(office: Office) -> None:
    bad = SECOND.replace("when:", "wenn:", 1)
    [fault] = office.client.post("/v1/rulebook/check", content=bad, headers=YAML).json()["problems"]
    assert (fault["line"], fault["column"], fault["severity"]) == (5, 5, "error")
    assert office.client.post("/v1/rulebook/check").json()["valid"] is True
    office.save(bad)
    assert office.client.post("/v1/rulebook/check").json()["problems"] == [fault]


def test_a_check_finds_what_the_text_does_not_mean_to_do_and_shows_a_contact(office: Office) -> None:
    dead = SECOND.replace("fallback:", "  - {id: never, because: x, then: {queue: q}}\nfallback:", 1)
    dead = dead.replace("rules:\n", "rules:\n  - {id: all, because: x, then: {queue: everything}}\n", 1)
    checked = office.client.post("/v1/rulebook/check", content=dead, headers=YAML).json()
    found = {each["subject"]: each for each in checked["findings"] if each["code"] == "shadowed"}
    assert checked["valid"] is True
    assert found["never"]["severity"] == "error"
    assert found["never"]["witness"]["rule"] == "all"
    assert found["never"]["witness"]["verdicts"] == {"never": "outranked"}


def test_tests_are_run_and_explained(office: Office) -> None:
    passed = office.client.post("/v1/rulebook/test").json()
    assert passed["passed"] is True
    assert [test["status"] for test in passed["tests"]] == ["passed"]
    wrong = SECOND.replace("assignee: dan", "assignee: ana")
    failed = office.client.post("/v1/rulebook/test", content=wrong, headers=YAML).json()
    [test] = failed["tests"]
    assert (failed["passed"], test["status"], test["line"]) == (False, "failed", 11)
    assert "expected 'ana', got 'dan'" in test["differences"][0]
    assert "the rule 'second'" in test["explanation"][0]


def test_a_plan_says_what_the_draft_would_change(office: Office) -> None:
    for number in range(6):
        contact = Contact(external_id=f"c{number}", country="IT" if number % 2 else "DE")
        office.services.flow.handle([arriving(contact, f"e{number}")])
    office.save(SECOND.replace("rep: dan", "rep: ana").replace("assignee: dan", "assignee: ana"))
    plan = office.client.post("/v1/rulebook/draft/plan", json={"days": 1}).json()
    assert (plan["contacts"], plan["changed"]) == (6, 3)
    assert {(c["before"]["assignee"], c["after"]["assignee"]) for c in plan["changes"]} == {("dan", "ana")}
    assert plan["by_rule"] == [{"before": "first", "after": "second", "contacts": 3}]
    last = office.client.post("/v1/rulebook/draft/plan", json={"limit": 1}).json()
    assert last["contacts"] == 1
    office.save("rules: [")
    problem(office.client.post("/v1/rulebook/draft/plan"), 422, "invalid")


# --- going live ---------------------------------------------------------------------------


def test_the_draft_goes_live(office: Office) -> None:
    office.save(SECOND)
    answer = office.publish()
    assert (answer.status_code, answer.json()["version"]) == (200, version_of(SECOND))
    assert answer.json()["author"] == "ops-editor+ops-approver"
    [handled] = office.services.flow.handle([arriving(Contact(country="IT", external_id="x"), "x")])
    assert (handled.decision.routing.rule, handled.decision.versions.rulebook) == ("second", office.live())


def test_publishing_is_bound_to_the_draft_that_was_seen(office: Office) -> None:
    seen = office.save(SECOND).headers["etag"]
    send = office.client.post
    problem(send("/v1/rulebook/publish", json={"reason": "x"}), 428, "revision-needed")
    problem(office.publish("*"), 428, "revision-needed")
    problem(office.publish(f'{seen}, "other"'), 428, "revision-needed")
    later = office.save(THIRD)
    refused = office.publish(seen)
    problem(refused, 412, "stale")
    assert refused.headers["etag"] == later.headers["etag"]
    assert office.live() == version_of(FIRST)


def test_a_draft_with_faults_is_refused_with_their_places(office: Office) -> None:
    office.save(SECOND.replace("pool: inbound", "pool: inbond"))
    [error] = problem(office.publish(), 422, "invalid")["errors"]
    assert (error["line"], error["column"]) == (8, 16)
    assert error["detail"] == "there is no pool 'inbond' (did you mean 'inbound'?)"
    assert office.live() == version_of(FIRST)


def test_a_draft_whose_test_fails_is_refused(office: Office) -> None:
    office.save(SECOND.replace("assignee: dan", "assignee: ana"))
    [error] = problem(office.publish(), 422, "invalid")["errors"]
    assert error["line"] == 11
    assert error["detail"].startswith("The test 'Italy goes to Dan' fails: assignee: expected 'ana'")
    assert office.live() == version_of(FIRST)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "force": True}])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_publication_has_a_reason(office: Office, body: dict[str, Any]) -> None:
    headers = {"If-Match": office.etag()}
    problem(office.client.post("/v1/rulebook/publish", json=body, headers=headers), 422, "invalid")


def test_a_publication_with_an_idempotency_key_happens_once(office: Office) -> None:
    headers = {"If-Match": office.save(SECOND).headers["etag"], "Idempotency-Key": "publish-1"}
    body = {"reason": "it is time"}
    once, again = (office.client.post("/v1/rulebook/publish", json=body, headers=headers) for _ in range(2))
    assert (once.status_code, again.status_code) == (200, 200)
    assert once.json() == again.json()
    assert len(office.client.get("/v1/rulebook/versions").json()["publications"]) == 2


def test_taking_it_back(office: Office) -> None:
    office.go_live(SECOND)
    office.go_live(THIRD)
    back = office.client.post("/v1/rulebook/rollback", json={"reason": "worse"}).json()
    assert back["published"]["version"] == office.live() == version_of(SECOND)
    assert (back["problems"], back["failures"]) == ([], [])
    named = {"reason": "worse", "version": version_of(THIRD)[:5]}
    office.client.post("/v1/rulebook/rollback", json=named)
    assert office.live() == version_of(THIRD)
    unknown = {"reason": "worse", "version": "zzzz"}
    problem(office.client.post("/v1/rulebook/rollback", json=unknown), 409, "conflict")


# --- what was live ------------------------------------------------------------------------


def test_publications_are_listed_newest_first_page_by_page(office: Office) -> None:
    office.go_live(SECOND)
    office.go_live(THIRD)
    seen, cursor = [], None
    while True:
        page = office.client.get(
            "/v1/rulebook/versions", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += page["publications"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [said["version"] for said in seen] == [version_of(text) for text in (THIRD, SECOND, FIRST)]
    assert [said["live"] for said in seen] == [True, False, False]
    assert seen[0]["reason"] == "it is time"
    problem(office.client.get("/v1/rulebook/versions?cursor=x"), 422, "invalid")


def test_one_version_by_how_it_begins(office: Office) -> None:
    office.go_live(SECOND)
    found = office.client.get(f"/v1/rulebook/versions/{version_of(FIRST)[:6]}").json()
    assert (found["text"], found["live"]) == (FIRST, False)
    problem(office.client.get("/v1/rulebook/versions/zzzz"), 404, "not-found")


def test_what_is_different(office: Office) -> None:
    office.save(SECOND)
    diff = office.client.get("/v1/rulebook/diff").json()["diff"]
    assert "-  - id: first\n+  - id: second\n" in diff
    office.publish()
    between = {"before": version_of(FIRST), "after": "live"}
    assert "+  - id: second" in office.client.get("/v1/rulebook/diff", params=between).json()["diff"]
    assert office.client.get("/v1/rulebook/diff").json()["diff"] == ""
    problem(office.client.get("/v1/rulebook/diff?before=zzzz"), 404, "not-found")


def test_the_schema_is_a_json_schema(office: Office) -> None:
    assert office.client.get("/v1/rulebook/schema").json()["$schema"].startswith("https://json-schema.org/")


# --- who may ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "", Scope.READ),
        ("GET", "/draft", Scope.READ),
        ("GET", "/versions", Scope.READ),
        ("GET", "/diff", Scope.READ),
        ("GET", "/schema", Scope.READ),
        ("POST", "/check", Scope.READ),
        ("POST", "/test", Scope.READ),
        ("PUT", "/draft", Scope.OPS_EDITOR),
        ("DELETE", "/draft", Scope.OPS_EDITOR),
        ("POST", "/draft/plan", Scope.OPS_EDITOR),
        ("POST", "/publish", Scope.OPS_APPROVER),
        ("POST", "/rollback", Scope.OPS_APPROVER),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_needs_which_scope(office: Office, method: str, path: str, scope: Scope) -> None:
    bodies = {"/publish": {"reason": "x"}, "/rollback": {"reason": "x"}}
    for other in (Scope.INTAKE, Scope.READ, Scope.OPS_EDITOR, Scope.OPS_APPROVER):
        headers = office.key(other)
        answer = office.client.request(method, f"/v1/rulebook{path}", headers=headers, json=bodies.get(path))
        allowed = other is scope or (scope is Scope.READ and other is not Scope.INTAKE)
        assert (answer.status_code != 403) is allowed, (other, answer.text)
