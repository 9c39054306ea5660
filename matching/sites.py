"""Whose part of a registered domain a host is: ng.acme.com is Acme Nigeria's, www.acme.com all of Acme's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from matching.data import lines
from matching.domains import ordinary_site, registrable, web_domain
from matching.places import country_code
from matching.types import AccountDomain, ContactDomain, DomainKind, DomainSource


def _load() -> dict[str, frozenset[str]]:
    named: dict[str, set[str]] = {}
    for line in lines("front_hosts.txt"):
        kind, names = line.split("\t")
        named.setdefault(kind, set()).update(names.split())
    return {kind: frozenset(names) for kind, names in named.items()}


_NAMED = _load()
_FRONT = _NAMED["front"]
_MAIL = _FRONT | _NAMED["reach"]
_ALL = _MAIL | _NAMED["region"]


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


def mail_part(address: str) -> str | None:
    """Return the host of an address or a listed domain where it is only a part of its registered domain.

    As `site_of`, and hosts of e-mail (mail.acme.com, staff.acme.com) speak for all of the domain, too.
    """
    if ordinary_site(address):
        return None
    found = web_domain(address)
    if found is None or not found.registrable:
        return None
    part = _without(found.host, found.registrable, _MAIL)
    return None if part == found.registrable else part


def held_as(hosts: Iterable[str], source: DomainSource) -> list[AccountDomain]:
    """Return the domains that an account has by hosts as `matching.normalize.listed_domain` returns them."""
    parts: dict[str, str | None] = {}
    for host in hosts:
        domain = registrable(host)
        part = None if host == domain else host
        parts[domain] = common(parts.get(domain, part), part)
    return [AccountDomain(domain=domain, source=source, part=part) for domain, part in parts.items()]


def common(one: str | None, other: str | None) -> str | None:
    """Return the smallest part of a domain that two of its parts are in; None where that is all of it."""
    while one is not None and other is not None and not _is_below(other, one):
        above = one.partition(".")[2]
        one = above if above != registrable(above) else None
    return one if other is not None else None


def part_of(held: AccountDomain, site: str | None) -> str | None:
    """Return the host below one of an account's domains that is all it has of it, None where it has it all.

    ``site`` is that of its website, see `site_of`, which tells before what is
    listed or learned. What a person said of the domain holds for all of it.
    """
    if held.source is DomainSource.PERSON:
        return None
    return site if site is not None and _is_below(site, held.domain) else held.part


def nearest(domains: Sequence[ContactDomain], part: str | None) -> Standing:
    """Tell where a contact stands to an account that has this part of a domain, by its hosts below that."""
    if part is None:
        return Standing.WHOLE
    if any(_is_below(domain.host, part) for domain in domains):
        return Standing.WITHIN
    # de.acme.com is beside fr.acme.com, not beside lab.acme.com
    abroad = not _is_country(part.partition(".")[0])
    places = [_without(domain.host, domain.registrable, _ALL, abroad) for domain in domains]
    return Standing.ABOVE if all(_is_below(part, place) for place in places) else Standing.BESIDE


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
