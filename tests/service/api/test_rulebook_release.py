"""The life of a rulebook over HTTP: reviews, schedules, plans, the watch, the shadow, and why not her."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from routing.rulebook import version_of
from service.app import create_app
from service.auth import Scope
from service.rulebook.plans import Planner
from service.services import Services
from service.settings import Settings
from tests.service.organisation import organisation
from tests.service.rules import text_of

FIRST, SECOND = text_of("first"), text_of("second").replace("IT}", "ES}")
DRAFT = "/v1/rulebook/draft"


class Desk:
    """A deployment where drafts need an approval, and callers by name."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings.model_copy(update={"rulebook_approval": True}))
        self.services: Services = self.app.state.services
        organisation(self.services.database, FIRST)
        self.client = TestClient(self.app)
        self.keys: dict[str, str] = {}

    def __call__(
        self, name: str, method: str, path: str, headers: dict[str, str] | None = None, **given: Any
    ) -> Response:
        if name not in self.keys:
            scopes = frozenset({Scope.OPS_EDITOR, Scope.OPS_APPROVER, Scope.INTAKE, Scope.MATCH})
            _, self.keys[name] = self.services.keys.create(name, scopes)
        sent = {"Authorization": f"Bearer {self.keys[name]}"} | (headers or {})
        return self.client.request(method, path, headers=sent, **given)

    def tag(self) -> dict[str, str]:
        return {"If-Match": self("ann", "GET", DRAFT).headers["etag"]}

    def save(self, text: str, name: str = "ann") -> None:
        headers = self.tag() | {"Content-Type": "application/yaml"}
        assert self(name, "PUT", DRAFT, content=text, headers=headers).status_code == 200

    def review(self, name: str, verdict: str = "approved", headers: dict[str, str] | None = None) -> Response:
        said = {"verdict": verdict, "comment": "read"}
        return self(name, "POST", f"{DRAFT}/review", json=said, headers=headers or self.tag())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    opened = Desk(settings)
    with opened.client:
        yield opened


def test_approval_and_publication(desk: Desk) -> None:
    desk.save(SECOND)
    seen = desk.tag()
    draft = desk("bob", "GET", DRAFT).json()
    assert draft["authors"] == ["ann"] and "must approve" in draft["lacking"]
    assert desk.review("ann").status_code == 409
    assert desk("ann", "POST", "/v1/rulebook/publish", json={"reason": "x"}, headers=seen).status_code == 409
    made = desk.review("bob")
    assert (made.status_code, made.json()["reviewer"], made.json()["verdict"]) == (201, "bob", "approved")
    assert desk("bob", "GET", DRAFT).json()["lacking"] is None
    desk.save(SECOND + "# edited\n", "eve")
    assert desk.review("bob", headers=seen).status_code == 412
    assert (
        desk("ann", "POST", "/v1/rulebook/publish", json={"reason": "x"}, headers=desk.tag()).status_code
        == 409
    )
    desk.review("bob")
    live = desk("ann", "POST", "/v1/rulebook/publish", json={"reason": "x"}, headers=desk.tag()).json()
    assert [each["reviewer"] for each in live["reviews"]] == ["bob"]
    history = desk("bob", "GET", "/v1/rulebook/versions").json()["publications"]
    assert [len(each["reviews"]) for each in history] == [1, 0]
    assert desk("bob", "GET", "/v1/rulebook").json()["published"]["reviews"] == live["reviews"]


def test_schedules(desk: Desk) -> None:
    ahead = (desk.services.now() + timedelta(days=3)).isoformat()
    desk.save(SECOND)
    path, wanted = "/v1/rulebook/schedule", {"at": ahead, "zone": "europe/berlin", "reason": "May"}
    assert desk("ann", "POST", path, json=wanted, headers=desk.tag()).status_code == 409
    desk.review("bob")
    for wrong in ({"at": "soon"}, {"at": "2020-01-01"}, {"zone": "Nowhere"}):
        refused = desk("ann", "POST", path, json=wanted | wrong, headers=desk.tag())
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] in ("#/at", "#/zone")
    made = desk("ann", "POST", path, json=wanted, headers=desk.tag())
    assert made.status_code == 201
    view = made.json()
    number = view["schedule"]["id"]
    assert (view["schedule"]["version"], view["schedule"]["zone"], view["outdated"]) == (
        version_of(SECOND), "Europe/Berlin", False,
    )  # fmt: skip
    assert view["local"].endswith(("+01:00", "+02:00")) and view["reviews"][0]["reviewer"] == "bob"
    assert desk(
        "ann", "POST", "/v1/rulebook/rollback", json={"reason": "x", "version": version_of(SECOND)[:6]}
    )
    assert desk(
        "ann", "POST", "/v1/rulebook/rollback", json={"reason": "x", "version": version_of(FIRST)[:6]}
    )
    assert desk("ann", "DELETE", f"{path}/{number}").json()["schedule"]["state"] == "cancelled"
    assert desk("ann", "DELETE", f"{path}/{number + 9}").status_code == 409
    [listed] = desk("ann", "GET", path).json()["schedules"]
    assert listed["schedule"]["settled_by"] == "ann"


def test_a_plan(desk: Desk) -> None:
    for place, country in enumerate(("IT", "ES", "DE")):
        sent = {"external_id": f"c{place}", "email": f"c{place}@x{place}.example", "country": country}
        assert desk("ann", "POST", "/v1/contacts", json=sent).status_code == 201
    path = "/v1/rulebook/plans"
    desk.save("rules: [")
    assert desk("ann", "POST", path).status_code == 422
    desk.save(SECOND)
    made = desk("ann", "POST", path, json={"days": 7})
    assert (made.status_code, made.json()["state"]) == (202, "waiting")
    one = f"{path}/{made.json()['id']}"
    assert Planner(desk.services.database, desk.services.now).run()
    done = desk("ann", "GET", one).json()
    assert (done["state"], done["done"], done["result"]["changed"]) == ("done", 3, 2)
    assert desk("ann", "GET", path).json()["plans"][0]["id"] == done["id"]
    page = desk("ann", "GET", f"{one}/changes", params={"rule": "second", "limit": 1}).json()
    assert (page["matching"], page["next_after"], page["changes"][0]["email"]) == (1, None, "c1@x1.example")
    sides = desk("ann", "GET", f"{one}/changes/{page['changes'][0]['decision_id']}").json()
    assert (sides["before"]["placement"]["rule"], sides["after"]["placement"]["rule"]) == (
        "fallback",
        "second",
    )
    assert desk("ann", "DELETE", one).json()["state"] == "done"
    assert desk("ann", "GET", f"{path}/nothing/changes").status_code == 404
    assert desk("ann", "GET", f"{one}/changes/nothing").status_code == 404


def test_the_watch_and_the_rules_report(desk: Desk) -> None:
    assert desk("ann", "GET", "/v1/rulebook/watch").json()["baseline"] == "none"
    found = desk("ann", "GET", "/v1/rulebook/rules/report", params={"days": 7}).json()
    assert found["silent"] == ["first", "fallback"]


def test_the_shadow(desk: Desk) -> None:
    path = "/v1/shadow"
    assert desk("ann", "GET", path).json() == {"on": False, "mode": None}
    on = desk("ann", "PUT", path, json={"owner_field": "owner", "sources": ["web"]}).json()
    assert (on["on"], on["mode"]["author"]) == (True, "ann")
    sent = {"external_id": "c", "email": "c@x.example", "country": "IT", "source": "web"}
    made = desk("ann", "POST", "/v1/contacts", json=sent | {"custom": {"owner": "ana"}}).json()
    assert (made["shadow"], made["incumbent"], made["assignment"]) == (True, "ana", None)
    assert made["routing"]["assignee"] == "dan"
    [differs] = desk("ann", "GET", f"{path}/disagreements").json()["contacts"]
    assert (differs["decision_id"], differs["rep"], differs["incumbent"]) == (made["id"], "dan", "ana")
    owners = {"owners": [{"contact": "c", "owner": "dan"}, {"contact": "d", "owner": "dan"}]}
    assert desk("ann", "POST", f"{path}/owners", json=owners).json() == {"received": 2, "found": 1}
    assert desk("ann", "GET", f"{path}/report").json()["total"]["rate"] == 0.0
    assert desk("ann", "GET", f"{path}/disagreements", params={"cursor": "x"}).status_code == 422
    assert desk("ann", "DELETE", path).json()["on"] is False


def test_why_not_her(desk: Desk) -> None:
    sent = {"external_id": "c", "email": "c@x.example", "country": "IT"}
    made = desk("ann", "POST", "/v1/contacts", json=sent).json()
    path = f"/v1/decisions/{made['id']}/why-not"
    hers = desk("ann", "GET", path, params={"rep": "ana"}).json()
    assert (hers["name"], hers["has_it"], hers["assignee"]) == ("Ana", False, "dan") and hers["reasons"]
    assert desk("ann", "GET", path, params={"rep": "dan"}).json()["has_it"]
    assert desk("ann", "GET", path, params={"rep": "zoe"}).status_code == 422
    assert desk("ann", "GET", "/v1/decisions/x/why-not", params={"rep": "ana"}).status_code == 404
    desk.save(SECOND)
    tried = desk(
        "ann", "POST", "/v1/rulebook/try", json={"contact": sent, "rulebook": "draft", "why_not": "dan"}
    )
    assert tried.json()["decision"]["routing"]["rule"] == "fallback"
    assert tried.json()["why_not"]["reasons"]
    live = desk("ann", "POST", "/v1/rulebook/try", json={"contact": sent}).json()
    assert (live["decision"]["routing"]["rule"], live["why_not"]) == ("first", None)
    desk.save("rules: [")
    broken = desk("ann", "POST", "/v1/rulebook/try", json={"contact": sent, "rulebook": "draft"})
    assert broken.status_code == 422
