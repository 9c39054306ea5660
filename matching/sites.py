"""Whose part of a registered domain a host is: ng.acme.com is Acme Nigeria's, www.acme.com all of Acme's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from matching.data import lines
from matching.domains import ordinary_site, web_domain
from matching.places import country_code
from matching.types import Account, AccountDomain, ContactDomain, DomainKind, DomainSource


def _load() -> dict[str, frozenset[str]]:
    named: dict[str, set[str]] = {}
    for line in lines("front_hosts.txt"):
        kind, names = line.split("\t")
        named.setdefault(kind, set()).update(names.split())
    return {kind: frozenset(names) for kind, names in named.items()}


_FRONT = _load()["front"]
_ALL = _FRONT | _load()["reach"]


class Standing(Enum):
    """Where a contact's host stands to the part of a domain that an account has."""

    WHOLE = "whole"  # the account has all of the domain
    WITHIN = "within"  # the host is in its part
    ABOVE = "above"  # the host may be anyone's below the domain
    GROUP = "group"  # it is the one that the domain is called by, and not the account
    BESIDE = "beside"  # the host is in another part
    LEFT = "left"  # the host is another account's part: to that one it is left


def site_of(website: str) -> str | None:
    """Return the host of an account's website where it is only a part of its domain, None for any other.

    It is lower-case ASCII (A-labels): ng.nestle.com of https://www.ng.nestle.com/about.
    """
    if ordinary_site(website):
        return None
    found = web_domain(website)
    if found is None or found.kind is not DomainKind.COMPANY:
        return None
    site = _without(found.host, found.registrable, _FRONT)
    return None if site == found.registrable else site


def part_of(domain: str, website: str | None) -> str | None:
    """Return the host of an account's website if that is a part of a registered domain, else None."""
    site = site_of(website) if website else None
    return site if site is not None and site.endswith(f".{domain}") else None


def nearest(domains: Sequence[ContactDomain], account: Account, held: AccountDomain) -> Standing:
    """Tell where a contact stands to an account by those of its hosts that are below a domain of the account.

    What a person said of the domain holds for all of it.
    """
    site = account.site
    if site is None or held.source is DomainSource.PERSON or not _is_below(site, held.domain):
        return Standing.WHOLE
    if any(_is_below(domain.host, site) for domain in domains):
        return Standing.WITHIN
    abroad = not _is_country(
        site.partition(".")[0]
    )  # de.acme.com is beside fr.acme.com, not beside lab.acme.com
    places = [_without(domain.host, domain.registrable, _ALL, abroad) for domain in domains]
    return Standing.ABOVE if all(_is_below(site, place) for place in places) else Standing.BESIDE


def _is_below(host: str, other: str) -> bool:
    return host == other or host.endswith(f".{other}")


def _without(host: str, registrable: str, names: frozenset[str], countries: bool = False) -> str:
    """Return a host without the first labels that are among the names, down to its registrable domain.

    Also without those of countries, if that is said.
    """
    while host != registrable:
        first, _, rest = host.partition(".")
        if first not in names and not (countries and _is_country(first)):
            break
        host = rest
    return host


def _is_country(label: str) -> bool:
    return len(label) == 2 and country_code(label) is not None
