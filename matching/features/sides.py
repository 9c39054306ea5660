"""What evidence reads of an account alone, and of a contact alone: worked out before the two meet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from matching import domains, words
from matching.names import parse
from matching.places import country_code, place
from matching.types import Account, AccountDomain, CompanyName, NormalizedContact

MOST_NAMES = 12
"""Names of one account that are compared at most, its own first."""


@dataclass(frozen=True, slots=True)
class AccountSide:
    """One account in the forms that evidence compares.

    ``domains`` are those not in quarantine and ``labels`` their name parts;
    ``names`` its own and its aliases, never empty; ``places`` the words that
    say where it is; ``country`` ISO 3166-1 alpha-2; ``phone`` digits with a leading +.
    """

    account: Account
    domains: tuple[AccountDomain, ...]
    labels: tuple[str, ...]
    names: tuple[CompanyName, ...]
    places: frozenset[str]
    country: str | None
    city: str | None
    state: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class ContactSide:
    """One contact in the forms that evidence compares; ``hints``: the countries of its domains' endings."""

    contact: NormalizedContact
    places: frozenset[str]
    hints: frozenset[str]


def account_side(account: Account) -> AccountSide:
    """Return what evidence reads of an account, whatever the contact."""
    kept = trusted(account)
    return AccountSide(
        account=account,
        domains=kept,
        labels=tuple(domains.label(item.domain) for item in kept),
        names=account_names(account),
        places=_places(account.country, account.city, account.state),
        country=country_code(account.country) if account.country else None,
        city=place(account.city) if account.city else None,
        state=place(account.state) if account.state else None,
        phone=_digits(account.phone),
    )


def contact_side(contact: NormalizedContact) -> ContactSide:
    """Return what evidence reads of a contact, whatever the accounts."""
    hints = (domains.country_of(item.registrable) for item in contact.domains if item.registrable)
    return ContactSide(
        contact=contact,
        places=_places(contact.country, contact.city, contact.state),
        hints=frozenset(code for code in hints if code),
    )


def trusted(account: Account) -> tuple[AccountDomain, ...]:
    """Return the account's domains without those in quarantine: what evidence rests on."""
    return tuple(item for item in account.domains if not item.quarantined)


def account_names(account: Account) -> tuple[CompanyName, ...]:
    """Return every name of an account, its own first, aliases after; at least one."""
    found = tuple(name for text in (account.name, *account.aliases) for name in parse(text))
    return found[:MOST_NAMES] or parse(str(account.id)) or parse("account")


def _digits(phone: str | None) -> str | None:
    if not phone or not phone.startswith("+"):
        return None
    return "+" + "".join(char for char in phone if char.isdigit())


@lru_cache(maxsize=16384)
def _places(country: str | None, city: str | None, state: str | None) -> frozenset[str]:
    """Return the words that say where someone is, in the spelling in which names have them."""
    said = [word for text in (city, state) if text for word in (place(text) or "").split()]
    code = country_code(country) if country else None
    return frozenset((*map(words.canonical, said), *((f"@{code}",) if code else ())))
