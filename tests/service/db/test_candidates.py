"""service/db/candidates.py: the database considers what the in-process index considers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from matching import index as indexed
from matching import ranking
from matching.index import Index
from matching.keys import HOT_LIMIT, LIMIT
from matching.normalize import normalize
from matching.types import Contact
from service.db import account_keys, account_values, accounts, candidates, carriers
from service.db.engine import Database
from service.records.accounts import AccountRecord
from tests.service.db.organisation import account_records, contacts

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def stored(database: Database, records: list[AccountRecord]) -> None:
    with database.write() as connection:
        accounts.upsert(connection, records, NOW)


def considered_names(database: Database, contact: Contact) -> list[str]:
    with database.read() as connection:
        found = candidates.consider(connection, [normalize(contact)], NOW)[0]
    return [account.name for account in found.accounts]


@pytest.mark.parametrize("accounts_stored", [0, 1, 30, 400, 1500])
def test_database_and_index_consider_the_same(database: Database, accounts_stored: int) -> None:
    stored(database, account_records(accounts_stored))
    asked = [normalize(contact) for contact in contacts(60)]
    with database.read() as connection:
        found = candidates.consider(connection, asked, NOW)
        index = Index.build(accounts.every(connection, NOW))
    for contact, database_says in zip(asked, found, strict=True):
        assert database_says == index.consider(contact)


def test_they_are_the_same_after_changes_and_deletions(database: Database) -> None:
    stored(database, account_records(600))
    renamed = [
        AccountRecord(external_id=f"a{number}", name=f"Renamed Robotics {number}")
        for number in range(0, 500, 3)
    ]
    stored(database, renamed)
    with database.write() as connection:
        for number in range(0, 600, 2):
            accounts.remove(connection, f"a{number}")
    asked = [normalize(contact) for contact in contacts(60)]
    with database.read() as connection:
        index = Index.build(accounts.every(connection, NOW))
        assert candidates.consider(connection, asked, NOW) == [index.consider(contact) for contact in asked]


def test_a_contact_alone_gets_what_it_gets_in_a_batch(database: Database) -> None:
    stored(database, account_records(300))
    asked = [normalize(contact) for contact in contacts(20)]
    with database.read() as connection:
        together = candidates.consider(connection, asked, NOW)
        alone = [candidates.consider(connection, [contact], NOW)[0] for contact in asked]
    assert together == alone


def test_nothing_known_of_the_contact(database: Database) -> None:
    stored(database, account_records(5))
    assert considered_names(database, Contact(email="who@gmail.com")) == []


def test_the_part_of_a_domain_that_a_website_is(database: Database) -> None:
    records = [
        AccountRecord(external_id="ng", name="Larkspur Nigeria", website="https://ng.larkspur.example"),
        AccountRecord(external_id="all", name="Larkspur", website="https://www.larkspur.example"),
    ]
    stored(database, records)
    asked = normalize(Contact(email="a@gh.larkspur.example"))
    with database.read() as connection:
        found = candidates.consider(connection, [asked], NOW)[0]
        assert found == Index.build(accounts.every(connection, NOW)).consider(asked)
    assert {each.id: each.site for each in found.accounts} == {"ng": "ng.larkspur.example", "all": None}


def test_the_account_that_the_contact_carries_is_considered(database: Database) -> None:
    stored(database, [AccountRecord(external_id="x", name="Quite Unlike Ltd")])
    assert considered_names(database, Contact(company="Sakura Foods", account_id="x")) == ["Quite Unlike Ltd"]


def test_a_new_account_is_found_by_the_next_read(database: Database) -> None:
    stored(database, account_records(50))
    stored(database, [AccountRecord(external_id="n", name="Wintergarten Optik AG")])
    assert considered_names(database, Contact(company="Wintergarten Optik"))[0] == "Wintergarten Optik AG"


def test_a_hot_key_retrieves_nothing_but_is_counted(database: Database) -> None:
    many = [AccountRecord(external_id=f"h{n}", name=f"Zzyzx W{n:04d}") for n in range(HOT_LIMIT + 30)]
    stored(database, many[: HOT_LIMIT - 10])
    stored(database, many[HOT_LIMIT - 10 :])
    with database.read() as connection:
        found = candidates.consider(connection, [normalize(Contact(company="Zzyzx"))], NOW)[0]
    assert HOT_LIMIT + 30 in found.corpus.frequency.values()


def test_of_a_domain_of_a_crowd_those_are_considered_that_share_a_key(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (account_values, candidates, carriers, indexed):
        monkeypatch.setattr(module, "CROWD", 6)
    for module in (
        account_keys,
        carriers,
        indexed,
        ranking,
    ):  # else the domain's name is a key that all share
        monkeypatch.setattr(module, "HOT_LIMIT", 6)
    names = ["Wintergarten Optik", "Wintergarten Druck", *(f"Haus{n}eins Werk{n}" for n in range(7))]
    many = [
        AccountRecord(external_id=f"c{n}", name=name, domains=["crowd-of-many.example"])
        for n, name in enumerate(names)
    ]
    stored(database, many)
    asked = normalize(Contact(company="Wintergarten Bau", email="eva@crowd-of-many.example"))
    with database.read() as connection:
        found = candidates.consider(connection, [asked], NOW)[0]
        assert found == Index.build(accounts.every(connection, NOW)).consider(asked)
    assert [account.id for account in found.accounts] == ["c0", "c1"]
    assert found.corpus.domain_accounts == {"crowd-of-many.example": 6}


def test_of_many_equals_those_with_the_lowest_ids(database: Database) -> None:
    twins = [AccountRecord(external_id=f"t{n * 37 % 60}", name="Wintergarten Optik") for n in range(60)]
    stored(database, twins)
    asked = normalize(Contact(company="Wintergarten Optik"))
    with database.read() as connection:
        found = candidates.consider(connection, [asked], NOW)[0]
        assert found == Index.build(accounts.every(connection, NOW)).consider(asked)
    assert [account.id for account in found.accounts] == sorted(each.external_id for each in twins)[:LIMIT]


def test_unlike_names_on_a_domain_are_those_of_now(database: Database) -> None:
    names = ["Wintergarten Optik", "Wintergarten Optik", "Haus Optik"]
    shared = [
        AccountRecord(external_id=f"s{n}", name=name, domains=["shared.example"])
        for n, name in enumerate(names)
    ]
    stored(database, shared)
    stored(database, [AccountRecord(external_id="s1", name="Sommergarten Optik")])
    asked = normalize(Contact(email="eva@shared.example"))
    with database.read() as connection:
        assert candidates.consider(connection, [asked], NOW)[0].corpus.domain_names == {"shared.example": 3}


def test_the_tier_is_that_of_the_moment(database: Database) -> None:
    stored(database, [AccountRecord(external_id="t", name="Tierwerk", tier="gold")])
    later = AccountRecord.model_validate(
        {"external_id": "t", "tier": {"tier": "platinum", "from": "2026-04-01T00:00:00Z"}}
    )
    stored(database, [later])
    asked = [normalize(Contact(company="Tierwerk"))]
    with database.read() as connection:
        now = candidates.consider(connection, asked, NOW)[0].accounts[0]
        then = candidates.consider(connection, asked, NOW + timedelta(days=60))[0].accounts[0]
    assert (now.tier, then.tier) == ("gold", "platinum")
