"""The first of the two stages: which of the accounts considered are worth a close look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np
from rapidfuzz import fuzz, process

from matching import domains
from matching.name_side import NameSide
from matching.names import squash
from matching.text import MAX_NAME, clean, fold, latin
from matching.types import Account, Considered, DomainKind, NormalizedContact

CLOSE_LOOK = 8
"""Accounts that get full evidence at most."""

BY_RANK = 6
"""Accounts that get it for their place in retrieval alone."""

BEHIND = 25.0
"""How far behind the best in cheap likeness, of 100, an account may be and still get it."""

LEAST = 45.0
"""How alike in cheap likeness it must be for that."""

BEGINNING = 80.0
"""How alike two names are at least of which the account's begins with the contact's."""

MOST_PAIRS = 4
"""Pairs of names of one contact and one account that are compared word by word; of more the likest."""

_WORDS = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128) if chr(code) != "\n"}


def shortlist(contact: NormalizedContact, considered: Considered) -> tuple[Account, ...]:
    """Return the accounts worth a close look, at most `CLOSE_LOOK`, in the order considered."""
    accounts = considered.accounts
    carried = [place for place, account in enumerate(accounts) if account.id == contact.account_id]
    named = [(account.name, *account.aliases) for account in accounts]
    return tuple([accounts[place] for place in closest([contact], [named], [carried])[0]])


def closest(
    contacts: Sequence[NormalizedContact],
    named: Sequence[Sequence[Sequence[str]]],
    carried: Sequence[Sequence[int]] | None = None,
) -> list[list[int]]:
    """Return for each contact which of the accounts considered are worth a close look, in their order.

    ``named`` are the names of each contact's accounts, at least one each. The
    first `BY_RANK` by retrieval (owners of the contact's domains come first
    there), those ``carried``, and the best by a cheap likeness of names. The
    order of the accounts considered decides ties.
    """
    several = [at for at, accounts in enumerate(named) if len(accounts) > BY_RANK]
    found = [list(range(len(accounts))) for accounts in named]
    likenesses = _likenesses([contacts[at] for at in several], [named[at] for at in several])
    for at, likeness in zip(several, likenesses, strict=True):
        found[at] = _likest(likeness, {*range(BY_RANK), *(carried[at] if carried else ())})
    return found


def _likest(likeness: Sequence[float], chosen: set[int]) -> list[int]:
    """Return the places chosen, and of the others the likest that are not far behind, while there is room."""
    least = max(LEAST, max(likeness) - BEHIND)
    near = sorted([(-like, place) for place, like in enumerate(likeness) if like >= least])
    for _, place in near:
        if len(chosen) >= CLOSE_LOOK:
            break
        chosen.add(place)
    return sorted(chosen)


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


def _likenesses(
    contacts: Sequence[NormalizedContact], named: Sequence[Sequence[Sequence[str]]]
) -> list[list[float]]:
    """Return how alike each contact and each of its accounts are at a glance, 0..100: their best names.

    Letter by letter without spaces, and with the words in order; at least
    `BEGINNING` where the account's name begins with the contact's, or with the name of its domain.
    """
    names = [list(chain.from_iterable(accounts)) for accounts in named]
    plain = _plain(list(chain.from_iterable(names)))
    asked: list[str] = []
    held: list[str] = []
    least: list[list[float]] = []
    sizes: list[int] = []
    for contact, some in zip(contacts, names, strict=True):
        joined, ordered = zip(*islice(plain, len(some)), strict=True)
        mine, in_order = _asked(contact)
        for text, others in (*[(text, joined) for text in mine], *[(text, ordered) for text in in_order]):
            asked += [text] * len(others)
            held += others
        long = tuple([text for text in mine if len(text) >= 4])
        least.append([BEGINNING * text.startswith(long) for text in joined])
        sizes.append(len(mine) + len(in_order))
    rest = iter(process.cpdist(asked, held, scorer=fuzz.ratio, dtype=np.float64).tolist())
    found = []
    for accounts, floor, size in zip(named, least, sizes, strict=True):
        best = map(max, floor, floor, *[list(islice(rest, len(floor))) for _ in range(size)])
        found.append([max(islice(best, len(names))) for names in accounts])
    return found


def _asked(contact: NormalizedContact) -> tuple[list[str], list[str]]:
    """Return what a contact's names and domains are without spaces, and its names with words in order.

    Of a name in another script also the words that it is read as: 岩手県警察, iwate police prefecture.
    """
    joined = [squash(name) for name in contact.names]
    joined += [
        domains.joined(domains.label(item.registrable))
        for item in contact.domains
        if item.kind is DomainKind.COMPANY
    ]
    ordered = [" ".join(sorted(name.latin.split())) for name in contact.names]
    ordered += [" ".join(sorted(name.words)) for name in contact.names if name.latin != name.core]
    return joined, ordered


def _plain(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each of accounts' names without spaces, and with its words in order."""
    texts = [
        name  # as most: clean but for its case
        if name.isascii() and name.isprintable() and ";" not in name and len(name) <= MAX_NAME
        else latin(fold(clean(name)))
        for name in names
    ]
    words = "\n".join(texts).translate(_WORDS)
    ordered = [" ".join(sorted(text.split())) for text in words.split("\n")]
    return zip(words.replace(" ", "").split("\n"), ordered, strict=True)
