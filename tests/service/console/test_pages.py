"""What the pages show of the demo: lists, filters, stories, pools, accounts, rulebook."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from service.db import rulebooks
from service.demo.load import load
from tests.service.console.conftest import NOW, Console


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("/", "No contact has come in yet"),
        ("/decisions", "No decision yet"),
        ("/accounts", "No accounts yet"),
        ("/pools", "No pools yet"),
        ("/rulebook", "No rulebook is published"),
        ("/deliveries", "Nothing was sent yet"),
    ],
)
def test_an_empty_page_says_what_to_do(console: Console, path: str, advice: str) -> None:
    assert advice in console.page(path)


def test_every_page_works_on_both_databases(console: Console) -> None:
    load(console.services.database, NOW, lambda: str(uuid4()))
    listed = console.page("/decisions")
    older = re.search(r'href="/console(/decisions\?[^"]*after=[^"]+)"', listed)
    assert older is not None
    for page in (
        "/",
        "/?period=month",
        older[1].replace("&amp;", "&"),
        "/decisions?search=berg",
        "/decisions?search=bergwald-pumpen.de&rep=tom.ashby&match_outcome=matched",
        f"/decisions/{_decisions(listed)[0]}",
        "/accounts?search=berg",
        "/accounts/ACC-1157",
        "/pools",
        "/pools/Inbound%20EMEA",
        "/rulebook",
        "/deliveries",
    ):
        console.page(page)


def test_the_root_leads_to_the_console(demo: Console) -> None:
    response = demo.client.get("/")
    assert (response.status_code, response.headers["location"]) == (303, "/console/")


def test_what_is_not_there_is_said_in_a_page(demo: Console) -> None:
    for path in ("/nowhere", "/decisions/nothing", "/accounts/nothing", "/pools/nothing", "/rulebook/0000"):
        response = demo.client.get(f"/console{path}")
        assert response.status_code == 404
        assert "Not found" in response.text


def test_the_list_goes_on_with_older_decisions_and_shows_each_once(demo: Console) -> None:
    first = demo.page("/decisions")
    older = re.search(r'href="(/console/decisions\?[^"]*after=[^"]+)"', first)
    assert older is not None
    second = demo.page(older[1].removeprefix("/console").replace("&amp;", "&"))
    seen = _decisions(first) + _decisions(second)
    assert len(seen) == len(set(seen)) == 67


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=tannenhof", {"Carla Reuter"}),
        ("search=t.vogel@bergwald-pumpen.de", {"Theo Vogel"}),
        ("search=clinisud.fr", {"Sandrine Maurel", "Yacine Benali"}),
        ("search=WEB-3018", {"Anouk Hoekstra"}),
        ("search=100%25", set()),
        ("rule=competitors", {"Kirsten Lund"}),
        ("account=ACC-1053", {"Ernst Thalmann"}),
        ("rep=kenji.hayakawa", {"陽子 青木", "Liam Doherty", "Signals of the account"}),
        ("routing_outcome=queued&rule=fallback", {"Amara Obi"}),
    ],
)
def test_filters_and_search_find_what_they_say(demo: Console, query: str, names: set[str]) -> None:
    page = demo.page(f"/decisions?{query}")
    assert set(re.findall(r'<a class="row wrap" href="/console/decisions/[^"]+">([^<]+)</a>', page)) == names


def test_htmx_gets_only_the_part_that_changes(demo: Console) -> None:
    response = demo.client.get("/console/decisions?rule=emea", headers={"HX-Request": "true"})
    assert "<html" not in response.text
    assert "emea" in response.text


def test_a_decision_is_told_from_beginning_to_end(demo: Console) -> None:
    story = _text(demo.page(f"/decisions/{_one(demo, 'emea')}"))
    for part in (
        "Who came in",
        "Which account",
        "The domains: the account owns the contact's domain",
        "Which rule",
        "The rule 'emea' decided: the pool 'Inbound EMEA'",
        "rules that do not apply, and why",
        "The rule 'brazil' does not apply",
        "Whose turn",
        "of Inbound EMEA fell to",
        "Sofia Lindgren is absent",
        "4 h of the rep's working time",
    ):
        assert part in story


def test_a_decision_answers_why_not_somebody_else(demo: Console) -> None:
    asked = f"/decisions/{_one(demo, 'deal-lost-not-long-ago')}?why_not=sofia.lindgren"
    assert "Sofia Lindgren takes turns in the pool 'Inbound EMEA'." in _text(demo.page(asked))


def test_trying_a_contact_shows_the_decision_and_stores_nothing(demo: Console) -> None:
    before = _decisions(demo.page("/decisions"))
    said = {"token": demo.token(), "email": "l.vermeer@bergwald-pumpen.de", "company": "Bergwald Pumpen"}
    tried = _text(demo.client.post("/console/try", data=said).text)
    assert "Only tried, nothing stored" in tried
    assert "Tom Ashby has the contact, by the rule 'deal-in-progress'." in tried
    pasted = {"token": demo.token(), "json": '{"email": "x@routewright.example", "company": "R"}'}
    assert "competitor" in demo.client.post("/console/try", data=pasted).text
    assert _decisions(demo.page("/decisions")) == before


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({}, "needs a usable email, company, website or external_id"),
        ({"email": "a@b.de", "employees": "many"}, "employees: must be a whole number"),
        ({"json": "{"}, "The JSON cannot be read at line 1, column 2"),
        ({"json": "[1]"}, "The contact"),
        ({"json": '{"emial": "a@b.de"}'}, "did you mean email?"),
    ],
)
def test_what_cannot_be_tried_is_said(demo: Console, said: dict[str, str], complaint: str) -> None:
    response = demo.client.post("/console/try", data={"token": demo.token(), **said})
    assert response.status_code == 422
    assert complaint in _text(response.text)


def test_an_account_shows_its_family_its_former_owner_and_who_came_in(demo: Console) -> None:
    group = _text(demo.page("/accounts/ACC-1001"))
    for part in ("Bergwald Pumpen GmbH", "bergwald.eu", "strategic", "Helena Brandt"):
        assert part in group
    assert "Rafael Moura" in demo.page("/accounts/ACC-1157")


def test_pools_show_who_is_there_and_how_the_turns_fell(demo: Console) -> None:
    pools = _text(demo.page("/pools"))
    assert "Sofia Lindgren" in pools and "On leave" in pools
    assert "covered by Lukas Ziegler" in _text(demo.page("/reps"))
    ledger = _text(demo.page("/pools/Inbound%20EMEA"))
    assert "The last entries of the ledger" in ledger and "Turn" in ledger


def test_the_rulebook_is_shown_with_a_place_for_every_rule(demo: Console) -> None:
    page = demo.page("/rulebook")
    assert 'id="rule-strategic-accounts"' in page
    version = re.search(r'href="/console/rulebook/([0-9a-f]+)"', page)
    assert version is not None
    assert "The rules that decide now" in demo.page(f"/rulebook/{version[1]}")


def _decisions(page: str) -> list[str]:
    return re.findall(r'class="row wrap" href="/console/decisions/([^"]+)"', page)


def _one(console: Console, rule: str) -> str:
    return _decisions(console.page(f"/decisions?rule={rule}"))[0]


def _text(html: str) -> str:
    """What a reader sees, with single spaces."""
    bare = re.sub(r"<[^>]+>", " ", html)
    for name, sign in {"&#39;": "'", "&#34;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}.items():
        bare = bare.replace(name, sign)
    return re.sub(r"\s+", " ", bare)


def test_the_draft_stands_beside_what_is_live(demo: Console) -> None:
    database, now = demo.services.database, demo.services.now()
    decided = f"/decisions/{_one(demo, 'competitors')}"
    assert "the same place" in _text(demo.page(f"{decided}?draft=1"))
    pasted = {"token": demo.token(), "json": '{"email": "x@routewright.example", "company": "R"}'}
    assert "Under the draft" not in demo.client.post("/console/try", data=pasted).text

    with database.read() as connection:
        text = rulebooks.draft(connection).text
    rule = text.index("  - id: competitors")
    without = text[:rule] + text[text.index("  - id:", rule + 5) :]
    database.transact(lambda c: rulebooks.save_draft(c, without, author="ann", at=now))
    assert "elsewhere" in _text(demo.page(f"{decided}?draft=1"))
    tried = _text(demo.client.post("/console/try", data=pasted).text)
    assert "Under the live rules" in tried and "Under the draft elsewhere" in tried


def test_why_not_says_what_would_have_to_be_different(demo: Console) -> None:
    page = demo.page(f"/decisions/{_one(demo, 'family-of-a-strategic-account')}?why_not=marcus.bell")
    answer = _text(page.split('<ul class="answer">')[1].split("</ul>")[0])
    assert "would decide if" in answer, answer
