"""E-mail and web addresses to registrable domains."""

from __future__ import annotations

from typing import Any

import pytest

from matching.domains import account_domain, country_of, email_domain, is_major_freemail, label, web_domain
from matching.types import DomainKind
from tests.matching.cases import load, shared


@pytest.mark.parametrize("case", load("emails"), ids=lambda case: ascii(case["email"]))
def test_emails(case: dict[str, Any]) -> None:
    found = email_domain(case["email"])
    if case.get("unusable"):
        assert found is None
    else:
        assert found is not None
        assert (found[1].registrable, found[1].kind) == (case["domain"], case["kind"])


@pytest.mark.parametrize("case", load("websites"), ids=lambda case: ascii(case["website"]))
def test_websites(case: dict[str, Any]) -> None:
    found = web_domain(case["website"])
    if "domain" not in case:
        assert found is None
    else:
        assert found is not None
        assert (found.registrable, found.kind) == (case["domain"], case["kind"])


@pytest.mark.parametrize("case", load("websites"), ids=lambda case: ascii(case["website"]))
def test_an_account_gets_the_domain_of_a_company_alone(case: dict[str, Any]) -> None:
    kept = case.get("domain") if case.get("kind") == DomainKind.COMPANY else None
    assert account_domain(case["website"]) == kept
    assert account_domain(case["website"].upper()) == kept


def test_an_account_gets_no_domain_from_a_shared_host() -> None:
    assert account_domain("https://www.facebook.com/acme") is None
    assert account_domain("https://acme.com/contact") == "acme.com"


def test_the_name_part_is_readable() -> None:
    assert label("acme-robotics.co.uk") == "acme-robotics"
    assert label("xn--bcher-kva.de") == "bucher"


@pytest.mark.parametrize(
    ("domain", "country"), [("a.de", "DE"), ("a.co.uk", "GB"), ("a.com", None), ("a.io", None)]
)
def test_endings_that_speak_for_a_country(domain: str, country: str | None) -> None:
    assert country_of(domain) == country


def test_large_providers_are_consumer_mail_whoever_owns_them() -> None:
    assert is_major_freemail("gmail.com")
    assert is_major_freemail("yahoo.fr")
    assert not is_major_freemail("acme.com")


def test_the_usual_consumer_mail_is_known() -> None:
    for host in shared("bench/names/core_freemail_check.txt").read_text(encoding="utf-8").split():
        found = email_domain(f"a@{host}")
        assert found is not None and found[1].kind is DomainKind.FREEMAIL, host
