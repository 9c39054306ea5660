"""The first of the two stages: which of the accounts considered are worth a close look."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz

from matching import domains
from matching.name_side import NameSide
from matching.names import squash
from matching.text import MAX_NAME, clean, fold, latin
from matching.types import Account, Considered, DomainKind, NormalizedContact

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
    likeness = [_cheap(asked, sorted_asked, *_plain(account.name)) for account in accounts]
    for place, account in enumerate(accounts):
        for text in account.aliases:
            likeness[place] = max(likeness[place], _cheap(asked, sorted_asked, *_plain(text)))
    least = max(likeness) - BEHIND
    chosen = set(range(BY_RANK))
    chosen.update(place for place, account in enumerate(accounts) if account.id == contact.account_id)
    for place in sorted(range(len(accounts)), key=lambda at: (-likeness[at], at)):
        if len(chosen) >= CLOSE_LOOK or likeness[place] < least:
            break
        chosen.add(place)
    return tuple(accounts[place] for place in sorted(chosen))


def worth_comparing(
    asked: tuple[NameSide, ...], held: tuple[NameSide, ...]
) -> list[tuple[NameSide, NameSide]]:
    """Return the pairs of a contact's and an account's names that are compared word by word, in order.

    All of them, or of many the first and the `MOST_PAIRS` likest by a cheap measure.
    """
    pairs = [(one, other) for one in asked for other in held]
    if len(pairs) <= MOST_PAIRS:
        return pairs
    mine = [" ".join(sorted(name.words)) for name in asked]
    theirs = [" ".join(sorted(name.words)) for name in held]
    likeness = [fuzz.ratio(one, other) for one in mine for other in theirs]
    likest = sorted(range(len(pairs)), key=lambda at: (-likeness[at], at))[:MOST_PAIRS]
    return [pairs[at] for at in sorted({0, *likest})]


def _cheap(asked: list[str], sorted_asked: list[str], joined: str, ordered: str) -> float:
    """Return how alike one of a contact's names and one of an account's are at a glance, 0..100."""
    best = 0.0
    for one in asked:
        if best < 80.0 and joined.startswith(one) and len(one) >= 4:
            best = 80.0
        best = fuzz.ratio(one, joined, score_cutoff=best) or best
    for one in sorted_asked:
        best = fuzz.ratio(one, ordered, score_cutoff=best) or best
    return best


@lru_cache(maxsize=8192)
def _plain(name: str) -> tuple[str, str]:
    simple = name.isascii() and "&" not in name and len(name) <= MAX_NAME  # as most: clean but for its case
    text = name.lower() if simple else latin(fold(clean(name)))
    found = text.split() if text.replace(" ", "").isalnum() else _WORDS.findall(text)
    return "".join(found), " ".join(sorted(found))
