"""matching/sites.py: hosts below a registered domain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matching.domains import account_domain, web_domain
from matching.normalize import listed_domain
from matching.sites import Standing, held_as, nearest, part_of, site_of
from matching.types import AccountDomain, ContactDomain, DomainSource
from tests.matching.cases import load


def asked(host: str) -> ContactDomain:
    found = web_domain(host)
    assert found is not None
    return replace(found, host=host)  # "www." is a host of an address, too


def stands(hosts: list[str], held: AccountDomain, site: str | None = None) -> Standing:
    return nearest(list(map(asked, hosts)), part_of(held, site))


@pytest.mark.parametrize("case", load("sites"), ids=lambda case: ascii(case.get("website") or case["listed"]))
def test_whose_part_it_is(case: dict[str, Any]) -> None:
    if "website" in case:
        site, domain = site_of(case["website"]), account_domain(case["website"])
        assert site == case.get("site")
        held = [AccountDomain(domain=domain, source=DomainSource.WEBSITE)] if domain else []
    else:
        site = None
        listed = [listed_domain(each, ()) for each in case["listed"].split()]
        held = held_as(filter(None, listed), DomainSource.GIVEN)
        assert [each.part for each in held] == [case.get("part")]
    for host, where in case.get("contacts", {}).items():
        assert stands([host], held[0], site) is Standing(where), host


def test_of_several_hosts_the_one_inside_counts() -> None:
    held = AccountDomain(domain="larkspur.com", source=DomainSource.WEBSITE)
    assert stands(["gh.larkspur.com", "ng.larkspur.com"], held, "ng.larkspur.com") is Standing.WITHIN
    assert stands(["larkspur.com", "gh.larkspur.com"], held, "ng.larkspur.com") is Standing.BESIDE


def test_what_a_person_said_of_a_domain_holds_for_all_of_it() -> None:
    held = AccountDomain(domain="larkspur.com", source=DomainSource.PERSON, part="ng.larkspur.com")
    assert stands(["gh.larkspur.com"], held, "ng.larkspur.com") is Standing.WHOLE


def test_a_website_elsewhere_says_nothing_of_another_domain() -> None:
    held = AccountDomain(domain="larkspur.com", source=DomainSource.GIVEN)
    assert stands(["gh.larkspur.com"], held, "ng.zenith.com") is Standing.WHOLE


def test_a_website_tells_before_what_is_listed() -> None:
    held = AccountDomain(domain="larkspur.com", source=DomainSource.GIVEN, part="lab.larkspur.com")
    assert stands(["ng.larkspur.com"], held, "ng.larkspur.com") is Standing.WITHIN
    assert stands(["lab.larkspur.com"], held, "ng.larkspur.com") is Standing.BESIDE
