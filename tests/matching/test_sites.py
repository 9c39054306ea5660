"""matching/sites.py: hosts below a registered domain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matching.domains import account_domain, web_domain
from matching.sites import Standing, nearest, site_of
from matching.types import Account, AccountDomain, AccountId, ContactDomain, DomainSource
from tests.matching.cases import load

CASES = load("sites")


def asked(host: str) -> ContactDomain:
    found = web_domain(host)
    assert found is not None
    return replace(found, host=host)  # "www." is a host of an address, too


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["website"]))
def test_whose_part_it_is(case: dict[str, Any]) -> None:
    assert site_of(case["website"]) == case.get("site")
    for host, stands in case.get("contacts", {}).items():
        domain = account_domain(case["website"])
        assert domain is not None
        held = AccountDomain(domain=domain, source=DomainSource.WEBSITE)
        account = Account(id=AccountId("a"), name="A", domains=(held,), site=site_of(case["website"]))
        assert nearest([asked(host)], account, held) is Standing(stands), host


def test_of_several_hosts_the_one_inside_counts() -> None:
    held = AccountDomain(domain="larkspur.com", source=DomainSource.WEBSITE)
    account = Account(id=AccountId("a"), name="A", domains=(held,), site="ng.larkspur.com")
    assert nearest([asked("gh.larkspur.com"), asked("ng.larkspur.com")], account, held) is Standing.WITHIN
    assert nearest([asked("larkspur.com"), asked("gh.larkspur.com")], account, held) is Standing.BESIDE


def test_what_a_person_said_of_a_domain_holds_for_all_of_it() -> None:
    held = AccountDomain(domain="larkspur.com", source=DomainSource.PERSON)
    account = Account(id=AccountId("a"), name="A", domains=(held,), site="ng.larkspur.com")
    assert nearest([asked("gh.larkspur.com")], account, held) is Standing.WHOLE


def test_a_website_elsewhere_says_nothing_of_another_domain() -> None:
    held = AccountDomain(domain="larkspur.com", source=DomainSource.GIVEN)
    account = Account(id=AccountId("a"), name="A", domains=(held,), site="ng.zenith.com")
    assert nearest([asked("gh.larkspur.com")], account, held) is Standing.WHOLE
