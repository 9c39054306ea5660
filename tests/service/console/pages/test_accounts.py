"""Accounts: found by what is known of them; what a person says of their domains can be taken back."""

from __future__ import annotations

import re

import pytest

from matching.types import AccountId
from service.auth import Scope
from service.db import account_list, accounts, domain_verdicts
from service.db.account_list import Wanted
from service.db.domain_verdicts import Verdict, Word
from service.db.engine import Database
from service.records.accounts import AccountRecord
from tests.service.console.conftest import NOW, Console, text_of

LEARNED = "acme-labs.example"


def _records() -> list[AccountRecord]:
    said = (
        {"external_id": "top", "name": "Acme Group", "country": "DE", "domains": ["acme.example"]},
        {
            "external_id": "de",
            "name": "Acme GmbH",
            "parent_id": "top",
            "country": "DE",
            "lifecycle": "customer",
            "aliases": ["Acme DE", {"name": "Acmeson", "kind": "former", "source": "register"}],
        },
        {
            "external_id": "fr",
            "name": "Acme SAS",
            "parent_id": "top",
            "country": "FR",
            "owner": {"rep": "ann"},
        },
        {"external_id": "lab", "name": "Acme 100%", "parent_id": "de", "tier": {"tier": "strategic"}},
        {"external_id": "lost", "name": "Lost", "parent_id": "nobody", "owner": {"rep": "bob"}},
    )
    return [AccountRecord.model_validate(each) for each in said]


@pytest.fixture
def known(database: Database) -> Database:
    """A family of accounts, and one whose parent is not known."""
    database.transact(lambda connection: accounts.upsert(connection, _records(), NOW))
    return database


def test_accounts_are_found_by_what_is_known_of_them(known: Database) -> None:
    asked = {
        "lab de fr top lost": Wanted(),
        "lab": Wanted(search="100%"),
        "top": Wanted(search="acme.example"),
        "de": Wanted(search="de"),
        "fr": Wanted(owner="ann"),
        "lab de top": Wanted(owner=""),
        "de fr top lost": Wanted(tier=""),
        "lab de fr lost": Wanted(no_domain=True),
        "": Wanted(tier="strategic", country="FR"),
    }
    with known.read() as connection:
        for ids, wanted in asked.items():
            found = account_list.page(connection, wanted, NOW, after=0, limit=9)
            assert sorted(each.external_id for each in found) == sorted(ids.split()), wanted
            assert account_list.count(connection, wanted, NOW) == len(found)
        [second] = account_list.page(connection, Wanted(search="acme"), NOW, after=1, limit=1)
        assert (second.external_id, second.place) == ("de", "DE")
        assert account_list.choices(connection) == {
            "tier": ["strategic"],
            "country": ["DE", "FR"],
            "lifecycle": ["customer"],
        }


def test_a_family_is_told_from_its_top_also_when_it_is_a_circle(known: Database) -> None:
    with known.read() as connection:
        for member in ("top", "lab"):
            family = account_list.family(connection, member)
            told = [(each.external_id, each.depth) for each in family]
            assert told == [("top", 0), ("de", 1), ("lab", 2), ("fr", 1)]
        assert [each.external_id for each in account_list.family(connection, "lost")] == ["lost"]
    circle = AccountRecord.model_validate({"external_id": "top", "parent_id": "lab"})
    known.transact(lambda connection: accounts.upsert(connection, [circle], NOW))
    with known.read() as connection:
        found = [each.external_id for each in account_list.family(connection, "de")]
        assert sorted(found) == ["de", "fr", "lab", "top"]


def test_a_word_on_a_learned_domain_counts_and_can_be_taken_back(known: Database) -> None:
    word = Word(by="ann", reason="their agency")

    def domains() -> list[tuple[str, bool]]:
        with known.read() as connection:
            state = accounts.get(connection, "de")
            assert state is not None
            return [(each.source.value, each.quarantined) for each in state.domains]

    def learn() -> bool:
        return known.transact(lambda c: accounts.learn_domain(c, AccountId("de"), LEARNED, NOW))

    def judge(verdict: Verdict, domain: str = LEARNED) -> Verdict | None:
        return known.transact(lambda c: domain_verdicts.judge(c, "de", domain, verdict, word, NOW))

    assert learn() and domains() == [("contact", True)]
    assert not judge(Verdict.TRUST, "elsewhere.example")
    for _ in range(2):  # who says it again changes nothing
        assert judge(Verdict.TRUST) and domains() == [("person", False)]
    assert not learn()
    assert judge(Verdict.QUARANTINE) and domains() == [("contact", True)]
    for _ in range(2):
        assert judge(Verdict.NEVER) and domains() == [] and not learn() and domains() == []
    with known.read() as connection:
        [refused] = domain_verdicts.refusals(connection, "de")
        assert (refused.domain, refused.support, refused.by) == (LEARNED, 1, "ann")
    assert judge(Verdict.TRUST) and domains() == [("person", False)]
    assert judge(Verdict.NEVER) and domains() == []
    assert judge(Verdict.QUARANTINE) and domains() == [("contact", True)]
    assert learn() and domains() == [("contact", False)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_takes_the_word_and_offers_to_take_it_back(console: Console) -> None:
    database = console.services.database
    database.transact(lambda c: accounts.upsert(c, _records(), NOW))
    database.transact(lambda c: accounts.learn_domain(c, AccountId("de"), LEARNED, NOW))
    assert f"{LEARNED} came with 1 contact" in text_of(console.page("/accounts?look=quarantined_domains"))
    for verdict, offered in (
        ("trust", "quarantine"),
        ("quarantine", "never"),
        ("never", "quarantine"),
        ("quarantine", "trust"),
    ):
        answer = console.post("/accounts/de/domains", domain=LEARNED, verdict=verdict)
        assert answer.status_code == 303
        assert f'value="{offered}"' in console.page("/accounts/de")
    said = text_of(console.page("/audit"))
    assert LEARNED in said and '"never"' in said
    assert console.post("/accounts/de/domains", domain="other.example", verdict="never").status_code == 404
    assert console.post("/accounts/de/domains", domain=LEARNED, verdict="burn").status_code == 400
    reader = console.colleague("rita", Scope.READ)
    assert 'name="verdict"' not in reader.page("/accounts/de")
    assert 'name="verdict"' in console.colleague("eve", Scope.OPS_EDITOR).page("/accounts/de")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_say_what_there_is(console: Console) -> None:
    assert "No accounts yet" in console.page("/accounts")
    assert "on the page Imports" in console.page("/accounts")
    assert "No rulebook is published yet" in console.page("/rulebook/draft")
    console.services.database.transact(lambda c: accounts.upsert(c, _records(), NOW))
    said = text_of(console.page("/accounts?tier=-&owner=-"))
    assert "2 accounts" in said and "Acme GmbH" in said and "Lost" not in said
    assert "which is no account here" in console.page("/accounts/lost")
    told = text_of(console.page("/accounts/de"))
    assert "Also called Acme DE, Acmeson (a former name, from register)" in told
    tree = console.page("/accounts/de").split('class="tree"')[1].split("</ol>")[0]
    assert re.findall(r'class="depth-(\d)"', tree) == ["0", "1", "2", "1"]
    assert "The list ends before this page" in console.page("/accounts?page=7")
    assert console.client.get("/console/accounts?look=duplicates&after=x").status_code == 400
    for look in ("duplicates", "shared_domains", "garbage_domains"):
        assert "Nothing to do here" in console.page(f"/accounts?look={look}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_domain_of_which_the_website_is_a_part_is_confirmed_whole(console: Console) -> None:
    record = AccountRecord(external_id="ng", name="Bergwald Nigeria", website="https://ng.bergwald.example")
    console.services.database.transact(lambda c: accounts.upsert(c, [record], NOW))
    page = console.page("/accounts/ng")
    assert "from its website, and only ng.bergwald.example of it" in text_of(page)
    for verdict, offered in (("trust", "Take it back"), ("quarantine", "All theirs")):
        answer = console.post("/accounts/ng/domains", domain="bergwald.example", verdict=verdict)
        assert answer.status_code == 303
        assert offered in text_of(console.page("/accounts/ng"))
