"""A contact as received into the one form that keys, features and stored decisions use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matching import data, domains, names
from matching.places import country_code, place
from matching.sites import mail_part
from matching.text import MAX_NAME, clean, fold
from matching.types import CompanyName, Contact, ContactDomain, DomainKind, NormalizedContact

_PLACEHOLDERS = frozenset(data.lines("placeholders.txt"))


def normalize(contact: Contact) -> NormalizedContact:
    """Return what matching uses of a contact. Never fails: what cannot be used is left out and flagged.

    Flags: ``email_unusable``, ``website_unusable``, ``country_unknown``,
    ``company_placeholder``, ``company_shortened``, ``company_is_address``, ``suspect_domain``,
    ``suspect_company``.
    """
    flags: list[str] = []
    email, email_host = _email(contact.email, flags)
    named, company_host = _company(contact.company, flags)
    found = _domains(email_host, contact.website, company_host, flags)
    return NormalizedContact(
        email=email,
        domains=found,
        names=named,
        country=_country(contact.country, flags),
        state=_place(contact.state),
        city=_place(contact.city),
        phone=phone(contact.phone),
        account_id=contact.account_id or None,
        flags=tuple(flags),
    )


def _email(value: str | None, flags: list[str]) -> tuple[str | None, ContactDomain | None]:
    if not value or not value.strip():
        return None, None
    found = domains.email_domain(value)
    if found is None:
        flags.append("email_unusable")
        return None, None
    return found


def _domains(
    email_host: ContactDomain | None,
    website: str | None,
    company_host: ContactDomain | None,
    flags: list[str],
) -> tuple[ContactDomain, ...]:
    found = [] if email_host is None else [email_host]
    if website and website.strip():
        site = domains.web_domain(website)
        if site is None:
            flags.append("website_unusable")
        else:
            found.append(site)
    if company_host and all(item.registrable != company_host.registrable for item in found):
        found.append(company_host)
    if any(item.kind is DomainKind.SUSPECT for item in found):
        flags.append("suspect_domain")
    return tuple(found)


def _company(company: str | None, flags: list[str]) -> tuple[tuple[CompanyName, ...], ContactDomain | None]:
    """Return the names that a company field holds, and the domain of an address that was put there.

    Booking.com is both. A legal form is no ending of an address: Acme.Inc, Zenith.AG.
    """
    if not company:
        return (), None
    shown = clean(company)
    if len(company.strip()) > MAX_NAME:
        flags.append("company_shortened")
    if fold(shown).strip(" .-_'\"()") in _PLACEHOLDERS:
        flags.append("company_placeholder")
    if mixes_scripts(shown):
        flags.append("suspect_company")
    found, host = names.parse(shown, sections=True), domains.company_domain(shown)
    sure = domains.is_address(shown)
    if host is None or (not sure and any(name.legal_forms for name in found)):
        return found, None
    flags.append("company_is_address")
    return () if sure else found, host


def domain_in_name(name: str) -> str | None:
    """Return the registrable domain of an account that is called by an address, None for any other name.

    CRMs name the accounts so that they make of a contact's address: acme.com, www.acme.com.
    """
    if "." not in name or " " in name.strip():
        return None
    _, host = _company(name, [])
    return host.registrable if host is not None and host.kind is DomainKind.COMPANY else None


def own_domain(value: str, names_of_account: Iterable[str]) -> str | None:
    """Return the registrable domain of an account's website or domain field, None when it is none.

    A host that many share (linkedin.com) is nobody's but the account's whose name or alias spells it.
    """
    found = domains.account_domain(value)
    if found is not None:
        return found
    site = domains.web_domain(value)
    if site is None or site.kind is not DomainKind.SHARED_HOST or site.host != site.registrable:
        return None
    return site.registrable if any(_spells(name, site.registrable) for name in names_of_account) else None


def listed_domain(value: str, names_of_account: Iterable[str]) -> str | None:
    """Return the registrable domain of an account's domain field, or the host that is only a part of it.

    acme.com of mail.acme.com, but ng.acme.com of ng.acme.com. None where `own_domain` is.
    """
    domain = own_domain(value, names_of_account)
    return domain and (mail_part(value) or domain)


def _spells(called: str, host: str) -> bool:
    """Tell whether a name without its legal form is a host or its name part: LinkedIn Corp., Wix.com Ltd."""
    hosts = {domains.joined(domains.label(host)), domains.joined(host).replace(".", "")}
    return any(names.squash(name) in hosts for name in names.parse(called))


_LATIN_LETTER = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LOOKALIKE_LETTER = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")


def mixes_scripts(text: str) -> bool:
    """Tell whether one word mixes Latin with Greek or Cyrillic letters, as only a disguise or a slip does."""
    if text.isascii():
        return False
    return any(_LATIN_LETTER.search(word) and _LOOKALIKE_LETTER.search(word) for word in text.split())


def _country(value: str | None, flags: list[str]) -> str | None:
    if not value or not value.strip():
        return None
    code = country_code(value)
    if code is None:
        flags.append("country_unknown")
    return code


def _place(value: str | None) -> str | None:
    return place(value) if value else None


def phone(value: str | None) -> str | None:
    """Return the digits of an international number with a leading +, None when it has no country code."""
    if not value:
        return None
    text = clean(value).replace("(0)", "")
    digits = "".join(char for char in text if char.isdecimal() and char.isascii())
    if text.lstrip(" (").startswith("00"):
        digits, text = digits[2:], "+"
    if not text.lstrip(" (").startswith("+") or not 7 <= len(digits) <= 15:
        return None
    return f"+{digits}"
