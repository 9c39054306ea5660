"""A contact as received into the form that matching uses."""

from __future__ import annotations

import pytest

from matching.normalize import mixes_scripts, normalize, phone
from matching.types import AccountId, Contact


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
        (Contact(email="a@аррӏе.com"), "suspect_domain"),
        (Contact(company="Zenith Pаper"), "suspect_company"),
    ],
)
def test_what_is_odd_is_flagged_and_nothing_fails(contact: Contact, flag: str) -> None:
    assert flag in normalize(contact).flags


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
