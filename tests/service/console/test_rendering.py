"""Names that try to become part of the page: the page keeps its shape, whatever it shows."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from matching.types import Contact
from service.db import accounts, rulebooks
from service.decision import Decision
from service.records import AccountRecord
from tests.service.console.conftest import NOW, Console
from tests.service.console.made import decision

CASES = Path(__file__).parents[2] / "cases" / "console" / "hostile.yaml"
HOSTILE = YAML(typ="safe", pure=True).load(CASES)
PAGES = ("/", "/decisions", "/decisions/d-1", "/accounts", "/accounts/A-1", "/rulebook")

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


def test_a_page_has_the_same_shape_with_any_name(console: Console) -> None:
    _fill(console, "Plain Name")
    plain = {page: Shape(console.page(page)) for page in PAGES}
    for text in HOSTILE:
        _fill(console, text)
        for page in PAGES:
            shape = Shape(console.page(page))
            assert shape.elements == plain[page].elements, (page, text)
            assert all(target.startswith(("/", "#")) for target in shape.targets), (page, text)


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
        record = AccountRecord(
            external_id="A-1", name=name, aliases=[name], website=None, custom={"note": name}
        )
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
