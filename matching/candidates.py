"""The first of the two stages: which of the accounts considered are worth a close look."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz

from matching import domains
from matching.names import squash
from matching.text import MAX_NAME, clean, fold, latin
from matching.types import Account, CompanyName, Considered, DomainKind, NormalizedContact

CLOSE_LOOK = 10
"""Accounts that get full evidence at most."""

BY_RANK = 4
"""Accounts that get it for their place in retrieval alone."""

BEHIND = 25.0
"""How far behind the best in cheap likeness, of 100, an account may be and still get it."""

MOST_PAIRS = 4
"""Pairs of names of one contact and one account that are compared word by word; of more the likest."""

_WORDS = re.compile(r"[a-z0-9]+")


def shortlist(contact: NormalizedContact, considered: Considered) -> tuple[Account, ...]:
    """Return the accounts worth a close look, at most `CLOSE_LOOK`, in the order considered.

    The first `BY_RANK` by retrieval (owners of the contact's domains come
    first there), the one the contact carries, and the best by a cheap
    likeness of names. The order of the accounts considered decides ties.
    """
    accounts = considered.accounts
    if len(accounts) <= BY_RANK:
        return accounts
    asked = [squash(name) for name in contact.names]
    asked += [
        domains.label(item.registrable).replace("-", "")
        for item in contact.domains
        if item.kind is DomainKind.COMPANY
    ]
    sorted_asked = [" ".join(sorted(name.latin.split())) for name in contact.names]
    likeness = [_cheap(asked, sorted_asked, account) for account in accounts]
    least = max(likeness) - BEHIND
    chosen = set(range(BY_RANK))
    chosen.update(place for place, account in enumerate(accounts) if account.id == contact.account_id)
    for place in sorted(range(len(accounts)), key=lambda at: (-likeness[at], at)):
        if len(chosen) >= CLOSE_LOOK or likeness[place] < least:
            break
        chosen.add(place)
    return tuple(accounts[place] for place in sorted(chosen))


def worth_comparing(
    asked: tuple[CompanyName, ...], held: tuple[CompanyName, ...]
) -> list[tuple[CompanyName, CompanyName]]:
    """Return the pairs of a contact's and an account's names that are compared word by word, in order.

    All of them, or of many the first and the `MOST_PAIRS` likest by a cheap measure.
    """
    pairs = [(one, other) for one in asked for other in held]
    if len(pairs) <= MOST_PAIRS:
        return pairs
    likeness = [fuzz.ratio(" ".join(sorted(a.words)), " ".join(sorted(b.words))) for a, b in pairs]
    likest = sorted(range(len(pairs)), key=lambda at: (-likeness[at], at))[:MOST_PAIRS]
    return [pairs[at] for at in sorted({0, *likest})]


def _cheap(asked: list[str], sorted_asked: list[str], account: Account) -> float:
    best = 0.0
    for text in (account.name, *account.aliases):
        joined, ordered = _plain(text)
        for one in asked:
            best = max(best, fuzz.ratio(one, joined))
            if len(one) >= 4 and joined.startswith(one):
                best = max(best, 80.0)
        for one in sorted_asked:
            best = max(best, fuzz.ratio(one, ordered))
    return best


@lru_cache(maxsize=8192)
def _plain(name: str) -> tuple[str, str]:
    simple = name.isascii() and "&" not in name and len(name) <= MAX_NAME  # as most: clean but for its case
    found = _WORDS.findall(name.lower() if simple else latin(fold(clean(name))))
    return "".join(found), " ".join(sorted(found))
