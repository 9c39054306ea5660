"""The in-process index: what it finds, in what order, and what it says of all accounts."""

from __future__ import annotations

from matching.index import Index
from matching.keys import HOT_LIMIT, LIMIT, MAX_PER_DOMAIN, contact_keys, key
from matching.normalize import normalize
from matching.types import AccountId, Contact
from tests.matching.cases import account


def test_owners_of_the_domain_come_first() -> None:
    index = Index.build((account("a", "Acme Robotics"), account("b", "Zenith", "acme-robotics.com")))
    found = index.consider(normalize(Contact(company="Acme Robotics", email="x@acme-robotics.com")))
    assert [item.id for item in found.accounts] == ["b", "a"]


def test_a_hot_key_retrieves_nothing_and_is_counted() -> None:
    index = Index.build(account(f"{i:04}", f"Muster unique{i}x") for i in range(HOT_LIMIT + 1))
    contact = normalize(Contact(company="Muster"))
    found = index.consider(contact)
    assert found.corpus.frequency[key("t", "muster")] == HOT_LIMIT + 1
    assert len(found.accounts) <= LIMIT


def test_ties_go_to_the_lower_id_and_the_cut_holds() -> None:
    index = Index.build(account(f"{i:04}", "Muster Werke") for i in reversed(range(150)))
    found = index.consider(normalize(Contact(company="Muster Werke")))
    assert [item.id for item in found.accounts] == [f"{i:04}" for i in range(LIMIT)]


def test_a_domain_brings_a_limited_number() -> None:
    index = Index.build(account(f"{i:04}", f"Lab unit{i}q", "big.edu") for i in range(250))
    found = index.consider(normalize(Contact(email="x@big.edu")))
    assert len(found.accounts) == MAX_PER_DOMAIN
    assert found.corpus.domain_accounts["big.edu"] == 250
    assert found.corpus.domain_names["big.edu"] == 250


def test_the_account_that_the_contact_carries_is_considered() -> None:
    index = Index.build((account("a", "Acme"), account("b", "Zenith")))
    found = index.consider(normalize(Contact(company="Acme", account_id=AccountId("b"))))
    assert {item.id for item in found.accounts} == {"a", "b"}


def test_every_key_of_the_contact_is_counted() -> None:
    contact = normalize(Contact(company="Acme Robotics"))
    found = Index.build((account("a", "Acme"),)).consider(contact)
    keys = contact_keys(contact)
    assert set(found.corpus.frequency) == keys.names
    assert found.corpus.accounts == 1


def test_an_empty_index_considers_nothing() -> None:
    assert Index.build(()).consider(normalize(Contact(company="Acme", email="x@acme.com"))).accounts == ()
