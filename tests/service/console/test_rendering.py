"""Names that try to become part of the page: the page keeps its shape, whatever it shows."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
import time_machine
from ruamel.yaml import YAML

from matching.types import Contact
from service.console.routes import ROUTES
from service.db import accounts, rulebooks
from service.decision import Decision
from service.records.accounts import AccountRecord
from tests.service.console.conftest import NOW, Console, sign_in, visitor
from tests.service.console.hostile import fill
from tests.service.console.made import decision

CASES = Path(__file__).parents[2] / "cases" / "console" / "hostile.yaml"
HOSTILE = YAML(typ="safe", pure=True).load(CASES)
PART = re.compile(r"{[^}]+}").findall
ELSEWHERE = {
    "/static/{name}",
    "/sign-in/back",
    "/rulebook/catalogue",
    "/imports/{import_id}/errors",
}  # no pages
SEEN = [
    *(route.path for route in ROUTES if "GET" in (route.methods or ()) and route.path not in ELSEWHERE),
    *("/reviews?tab=held", "/rulebook/diff?before=live&after=draft", "/decisions/{decision_id}?draft=1"),
    *("/handovers/new?rep={rep}&kind=moves", "/reps?team={rep}", "/pools/{name:path}/ledger?kind=join"),
    *(
        "/shadow?verdict=differs",
        "/sources/{name}?state=quarantined",
        "/audit?actor={rep}",
        "/imports/stored",
        "/program/plans/new?account={external_id}",
        "/program/plays?change=play_3",
    ),
]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Shape(HTMLParser):
    """The elements of a page, each with the names of its attributes, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.targets: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.targets += [value or "" for name, value in attrs if name in ("href", "src", "action", "hx-get")]


def test_every_page_has_the_same_shape_with_any_names(
    stranger: Console, sqlite_template: Path, tmp_path: Path
) -> None:
    """Forty texts that try to become part of a page, each as a name, a reason, an error, a rule's text."""
    assert len(HOSTILE) == 40
    with time_machine.travel(NOW, tick=False):
        sign_in(stranger)
        plain = _shapes(stranger, ["Plain Name"] * len(HOSTILE))
        shutil.copyfile(sqlite_template, tmp_path / "hostile.db")
        for other in visitor(f"sqlite:///{tmp_path / 'hostile.db'}"):
            sign_in(other)
            hostile = _shapes(other, HOSTILE)
    assert list(plain) == list(hostile) and len(plain) > 40
    for page, shape in hostile.items():
        if "decision_id" in page or page.endswith("/unmatched"):  # the accounts considered go by their names
            assert set(shape.elements) <= set(plain[page].elements), page
        else:
            assert shape.elements == plain[page].elements, page
        assert all(not target or target.startswith(("/", "#", "?")) for target in shape.targets), page


def test_a_decision_has_the_same_shape_with_any_name(console: Console) -> None:
    _fill(console, "Plain Name")
    plain = Shape(console.page("/decisions/d-1"))
    for text in HOSTILE:
        _fill(console, text)
        assert Shape(console.page("/decisions/d-1")).elements == plain.elements, text


def test_what_was_typed_stays_text(console: Console) -> None:
    plain = Shape(_typed(console, "plain"))
    for text in HOSTILE:
        assert Shape(_typed(console, text)).elements == plain.elements, text


@pytest.mark.parametrize(
    "page", ["/", "/decisions", "/decisions/d-1", "/try", "/pools", "/rulebook", "/deliveries"]
)
def test_no_page_has_a_script_or_style_of_its_own(console: Console, page: str) -> None:
    _fill(console, "Plain Name")
    shape = Shape(console.page(page))
    assert [names for tag, names in shape.elements if tag == "script"] == [("src", "defer")] * 3
    assert not [tag for tag, _ in shape.elements if tag in ("style", "iframe", "object", "base")]
    assert not [
        names for _, names in shape.elements for name in names if name == "style" or name.startswith("on")
    ]


def test_the_browser_is_told_to_load_nothing_else_and_not_to_be_framed(console: Console) -> None:
    for path in ("/console/", "/console/nowhere", "/console/static/console.css", "/console/sign-in"):
        headers = console.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


def _shapes(console: Console, texts: list[str]) -> dict[str, Shape]:
    """Every page of an organisation that is full of these texts, by its address without them."""
    places = fill(console, texts)
    found = {}
    for path in SEEN:
        named = places | {"decision_id": places["reviewed"]} if path.startswith("/reviews") else dict(places)
        if path.startswith("/sources"):
            named["name"] = places["source"]
        parts = {
            re.sub(r":\w+", "", part): quote(named[part[1:-1].split(":")[0]], safe="") for part in PART(path)
        }
        filled = re.sub(r":\w+}", "}", path)
        for part, value in parts.items():
            filled = filled.replace(part, value)
        response = console.client.get(f"/console{filled}")
        assert response.status_code < 500 and response.status_code != 404, (path, response.text[:2000])
        found[path] = Shape(response.text)
    return found


def _typed(console: Console, text: str) -> str:
    """Pages that show again what somebody typed: a search, a form with a fault."""
    found = [
        console.client.get(f"/console/{page}", params={"search": text}) for page in ("decisions", "accounts")
    ]
    fields = {
        "token": console.token(),
        "company": text,
        "title": text,
        "employees": "not a number",
        "json": "",
    }
    found.append(console.client.post("/console/try", data=fields))
    return "".join(each.text for each in found)


def _fill(console: Console, text: str) -> None:
    """A database in which everything that has a name has this one."""
    name = " ".join(text.split())
    with console.services.database.write() as connection:
        for table in ("decision", "contact", "publication", "rulebook_state", "rulebook"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
        named = {"external_id": "A-1", "name": name, "aliases": [name], "custom": {"note": name}}
        record = AccountRecord.model_validate(named)
        accounts.upsert(connection, [record], NOW)
        rulebooks.publish(
            connection, f"version: 1\n# {name}\nkey: {name}\n", author=name, reason=name, at=NOW
        )
    contact = Contact(
        email="t.vogel@bergwald-pumpen.de",
        company="Bergwald Pumpen",
        country="DE",
        first_name=text,
        last_name=text,
        title=text,
        city=text,
        source=text,
        custom={"campaign": text},
    )
    console.store(_renamed(decision(contact, rep_name=text, because=text), text))


def _renamed(taken: Decision, text: str) -> Decision:
    """The decision with this text in the place of every name the match has."""
    candidates = tuple(
        replace(
            candidate,
            account_name=text,
            evidence=tuple(replace(e, contact_value=text, account_value=text) for e in candidate.evidence),
        )
        for candidate in taken.match.candidates
    )
    return replace(taken, match=replace(taken.match, candidates=candidates))
