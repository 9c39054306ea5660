"""A contact as received into the form that matching uses."""

from __future__ import annotations

from typing import Any

import pytest

from matching.normalize import domain_in_name, mixes_scripts, normalize, own_domain, phone
from matching.types import AccountId, Contact
from tests.matching.cases import load


def test_everything_usable_is_kept() -> None:
    found = normalize(
        Contact(
            email="Ann@Mail.Acme.com",
            company="Acme, Inc.",
            website="acme.de",
            country="Germany",
            state="Bayern",
            city="Münster",
            phone="+49 (0)30 123456",
            account_id=AccountId("A1"),
        )
    )
    assert found.email == "ann@mail.acme.com"
    assert [(item.registrable, item.origin) for item in found.domains] == [
        ("acme.com", "email"),
        ("acme.de", "website"),
    ]
    assert (found.country, found.state, found.city, found.phone) == ("DE", "bayern", "munster", "+4930123456")
    assert (found.account_id, found.flags) == ("A1", ())


@pytest.mark.parametrize(
    ("contact", "flag"),
    [
        (Contact(email="a@b@c.com"), "email_unusable"),
        (Contact(website="javascript:alert(1)"), "website_unusable"),
        (Contact(country="Narnia"), "country_unknown"),
        (Contact(company="N/A"), "company_placeholder"),
        (Contact(company="x" * 300), "company_shortened"),
        (Contact(company="www.acme.com"), "company_is_address"),
        (Contact(email="a@аррӏе.com"), "suspect_domain"),
        (Contact(company="Zenith Pаper"), "suspect_company"),
    ],
)
def test_what_is_odd_is_flagged_and_nothing_fails(contact: Contact, flag: str) -> None:
    assert flag in normalize(contact).flags


@pytest.mark.parametrize(
    "case", load("account_domains"), ids=lambda case: f"{case['account']}: {case['says']}"
)
def test_a_host_that_many_share_is_its_own_companys(case: dict[str, Any]) -> None:
    assert own_domain(case["says"], (case["account"], *case.get("aliases", ()))) == case.get("domain")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("+1 (617) 555-0100", "+16175550100"),
        ("0049 30 123456", "+4930123456"),
        ("555-0100", None),
        ("+", None),
    ],
)
def test_phones_need_a_country(said: str, kept: str | None) -> None:
    assert phone(said) == kept


def test_two_scripts_in_one_word_are_suspect_and_beside_each_other_are_not() -> None:
    assert mixes_scripts("Pаper")
    assert not mixes_scripts("Газпром Gazprom")


@pytest.mark.parametrize("case", load("companies"), ids=lambda case: ascii(case["company"]))
def test_an_address_in_place_of_a_company_is_a_domain(case: dict[str, str]) -> None:
    found = normalize(Contact(company=case["company"]))
    assert [name.clean for name in found.names][:1] == ([case["name"]] if case["name"] else [])
    assert [(item.registrable, item.kind, item.origin) for item in found.domains] == (
        [(case["domain"], case["kind"], "company")] if "domain" in case else []
    )
    assert ("company_is_address" in found.flags) is ("domain" in case)
    assert domain_in_name(case["company"]) == (case["domain"] if case.get("kind") == "company" else None)


def test_an_address_of_the_same_domain_says_nothing_more() -> None:
    found = normalize(Contact(email="jo@acme.com", company="acme.com"))
    assert [item.origin for item in found.domains] == ["email"]
