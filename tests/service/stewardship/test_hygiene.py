"""service/stewardship/hygiene.py: what is wrong with the accounts is found, page by page; nothing else is."""

from __future__ import annotations

import pytest

from matching.policy import default_policy
from matching.types import AccountId
from service.db import accounts
from service.db.engine import Database
from service.records.accounts import AccountRecord
from service.stewardship import hygiene
from service.stewardship.hygiene import BadCursor, Finding, Kind, Why, alike, in_words
from tests.service.organisation import MONDAY

POLICY = default_policy().model_copy(update={"max_names_on_domain": 3})

RECORDS = [
    AccountRecord(external_id="d-1", name="Acme Robotics GmbH", country="DE", domains=["acme.example"]),
    AccountRecord(external_id="d-2", name="ACME Robotics", country="DE", domains=["acme-robotics.example"]),
    AccountRecord(external_id="d-3", name="Acme Robotics Inc", country="US", domains=["acme.example"]),
    AccountRecord(external_id="s-1", name="University of Harbour", domains=["harbour.example"]),
    AccountRecord(external_id="s-2", name="School of Mines", domains=["harbour.example"]),
    AccountRecord(external_id="n-1", name="Nobody Knows"),
    *(
        AccountRecord(external_id=f"g-{name}", name=name, domains=["hosting.example"])
        for name in ("Bakery", "Plumber", "Law Firm", "Florist")
    ),
]


@pytest.fixture
def stored(database: Database) -> Database:
    with database.write() as connection:
        accounts.upsert(connection, RECORDS, MONDAY)
        accounts.learn_domain(connection, AccountId("d-1"), "acme-labs.example", MONDAY)
    return database


def found(database: Database, kind: Kind, limit: int = 50) -> list[Finding]:
    """All findings of a kind, page by page."""
    findings: list[Finding] = []
    cursor: str | None = None
    while True:
        with database.read() as connection:
            page = hygiene.report(connection, kind, POLICY, cursor, limit)
        findings += page.findings
        cursor = page.next_cursor
        if cursor is None:
            return findings


def told(findings: list[Finding]) -> list[tuple[Why, str | None, list[str]]]:
    return [(each.why, each.domain, [account.external_id for account in each.accounts]) for each in findings]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_accounts_that_may_be_one_company(stored: Database, limit: int) -> None:
    assert told(found(stored, Kind.DUPLICATES, limit)) == [
        (Why.SAME_NAME, None, ["d-1", "d-2"]),
        (Why.SAME_DOMAIN, "acme.example", ["d-1", "d-3"]),
    ]


@pytest.mark.parametrize("limit", [1, 50])
def test_domains_on_several_accounts(stored: Database, limit: int) -> None:
    shared = found(stored, Kind.SHARED_DOMAINS, limit)
    assert [(each.domain, each.count) for each in shared] == [
        ("acme.example", 2),
        ("harbour.example", 2),
        ("hosting.example", 4),
    ]


@pytest.mark.parametrize("limit", [1, 50])
def test_accounts_without_a_domain(stored: Database, limit: int) -> None:
    assert told(found(stored, Kind.NO_DOMAIN, limit)) == [(Why.NO_DOMAIN, None, ["n-1"])]


@pytest.mark.parametrize("limit", [1, 50])
def test_learned_domains_that_wait_for_support(stored: Database, limit: int) -> None:
    [waiting] = found(stored, Kind.QUARANTINED_DOMAINS, limit)
    assert (waiting.domain, waiting.figure) == ("acme-labs.example", 1)
    with stored.write() as connection:
        accounts.learn_domain(connection, AccountId("d-1"), "acme-labs.example", MONDAY)
    assert found(stored, Kind.QUARANTINED_DOMAINS, limit) == []


@pytest.mark.parametrize("limit", [1, 50])
def test_domains_on_too_many_unlike_names(stored: Database, limit: int) -> None:
    [garbage] = found(stored, Kind.GARBAGE_DOMAINS, limit)
    assert (garbage.domain, garbage.count, garbage.figure) == ("hosting.example", 4, 4)


def test_every_finding_has_a_sentence(stored: Database) -> None:
    findings = [each for kind in Kind for each in found(stored, kind)]
    assert {each.why for each in findings} == set(Why)
    assert all("None" not in in_words(each) for each in findings)


def test_an_empty_database_is_clean(database: Database) -> None:
    assert [found(database, kind) for kind in Kind] == [[]] * len(Kind)


@pytest.mark.parametrize("cursor", ["x", "", "W10=", "eyJhIjogMX0=", "WyJub19kb21haW4iLCAxZTk5XQ=="])
def test_a_cursor_of_something_else_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(BadCursor), database.read() as connection:
        hygiene.report(connection, Kind.NO_DOMAIN, POLICY, cursor, 10)


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["Acme Robotics", "Robotics, Acme", "Zeta"], [[0, 1]]),
        (["Acme Robotics", "Acme Robotiks", "Acme Robotikz"], [[0, 1, 2]]),
        (["Acme", "Zeta", "Acme Holding and Partners"], []),
        (["!!!", "???"], []),
        ([], []),
    ],
)
def test_names_that_are_alike(names: list[str], groups: list[list[int]]) -> None:
    assert alike(names) == groups


def test_who_has_a_part_of_a_domain_to_himself_shares_it_with_nobody(database: Database) -> None:
    sites = {"uni": "harbour.example", "med": "med.harbour.example", "law": "law.harbour.example"}
    with database.write() as connection:
        named = [
            AccountRecord(external_id=name, name=f"Harbour {name}", website=f"https://{site}")
            for name, site in sites.items()
        ]
        accounts.upsert(connection, named, MONDAY)
    assert told(found(database, Kind.SHARED_DOMAINS)) == []
    assert told(found(database, Kind.DUPLICATES)) == []
    with database.write() as connection:
        again = AccountRecord(
            external_id="again", name="Harbour med clinic", website="http://med.harbour.example/x"
        )
        accounts.upsert(connection, [again], MONDAY)
    assert told(found(database, Kind.SHARED_DOMAINS)) == [
        (Why.SHARED, "harbour.example", ["med", "uni", "again"])
    ]
    with database.write() as connection:
        listed = [
            AccountRecord(external_id="ng", name="Larkspur Nigeria", domains=["ng.larkspur.example"]),
            AccountRecord(external_id="gh", name="Larkspur Ghana", domains=["gh.larkspur.example"]),
            AccountRecord(external_id="all", name="Larkspur", website="larkspur.example"),
        ]
        accounts.upsert(connection, listed, MONDAY)
    assert len(found(database, Kind.SHARED_DOMAINS)) == 1
