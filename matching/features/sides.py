"""What evidence reads of an account alone, and of a contact alone: worked out before the two meet."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from matching import domains, words
from matching.name_side import NameSide, name_side
from matching.names import parse
from matching.places import country_code, place
from matching.types import Account, AccountDomain, CompanyName, NormalizedContact

MOST_NAMES = 12
"""Names of one account that are compared at most, its own first."""


class AccountSide(NamedTuple):
    """One account in the forms that evidence compares.

    ``domains`` are those not in quarantine and ``labels`` their name parts;
    ``names`` its own and its aliases, never empty; ``places`` the words that
    say where it is; ``country`` ISO 3166-1 alpha-2.
    """

    account: Account
    domains: tuple[AccountDomain, ...]
    labels: tuple[str, ...]
    names: tuple[NameSide, ...]
    places: frozenset[str]
    country: str | None
    city: str | None

    @property
    def state(self) -> str | None:
        """The state or province it is in, in the form that is compared."""
        return place(self.account.state) if self.account.state else None

    @property
    def phone(self) -> str | None:
        """The digits of its international number with a leading +."""
        number = self.account.phone
        return "+" + "".join(filter(str.isdigit, number)) if number and number[0] == "+" else None

    @property
    def telling(self) -> set[str]:
        """The words of its names that say most."""
        return {word for name in self.names for word in name.words if words.weight(word) == 1.0}


class ContactSide(NamedTuple):
    """One contact in the forms that evidence compares; ``hints``: the countries of its domains' endings."""

    contact: NormalizedContact
    names: tuple[NameSide, ...]
    places: frozenset[str]
    hints: frozenset[str]


def account_side(account: Account, names: tuple[CompanyName, ...] | None = None) -> AccountSide:
    """Return what evidence reads of an account, whatever the contact; ``names`` are its `account_names`."""
    kept = trusted(account)
    said = account_names(account) if names is None else names
    return AccountSide(
        account,
        kept,
        tuple([domains.label(item.domain) for item in kept]),
        tuple(map(name_side, said or parse(str(account.id)) or parse("account"))),
        _places(account.country, account.city, account.state),
        country_code(account.country) if account.country else None,
        place(account.city) if account.city else None,
    )


def contact_side(contact: NormalizedContact) -> ContactSide:
    """Return what evidence reads of a contact, whatever the accounts."""
    hints = (domains.country_of(item.registrable) for item in contact.domains if item.registrable)
    return ContactSide(
        contact,
        tuple(map(name_side, contact.names)),
        _places(contact.country, contact.city, contact.state),
        frozenset(code for code in hints if code),
    )


def trusted(account: Account) -> tuple[AccountDomain, ...]:
    """Return the account's domains without those in quarantine: what evidence rests on."""
    return tuple([item for item in account.domains if not item.quarantined])


def account_names(account: Account) -> tuple[CompanyName, ...]:
    """Return the names of an account, its own first, aliases after; none where they say nothing."""
    found = parse(account.name)
    for text in account.aliases:
        if len(found) >= MOST_NAMES:
            break
        found += parse(text)
    return found[:MOST_NAMES]


@lru_cache(maxsize=16384)
def _places(country: str | None, city: str | None, state: str | None) -> frozenset[str]:
    """Return the words that say where someone is, in the spelling in which names have them."""
    said = [word for text in (city, state) if text for word in (place(text) or "").split()]
    code = country_code(country) if country else None
    return frozenset((*map(words.canonical, said), *((f"@{code}",) if code else ())))
