"""Blocking keys: what is saved with an account and looked up for a contact.

`account_keys` and `contact_keys` are one function over names and domains,
`hashes_of`, which takes a whole batch. A key is a stable hash of a kind and a
text; two records that share one *may* be the same organisation. The kinds:

====  =======================================================================
n     a whole name without spaces (Latin, and in its own script), and the
      name part of a domain: so a domain finds a name and a name a domain
t     a word in the spelling that stands for all of its spellings
p     two neighbouring words, in either order
d     the first 8 letters of the two longest telling words, with one letter
      left out (two spellings one typo apart share one)
j     the first 7 letters of the name without spaces (joined and split words)
f     all words of the name, in any order
a     initials, and a short name that could be initials
k     the consonants of the name, and of its telling words alone (spellings that cross scripts)
c     two neighbouring characters of a script without spaces
====  =======================================================================

Retrieval, the same in SQL and in `matching.index`:

* A key on more than `HOT_LIMIT` accounts is *hot*: it retrieves nothing.
  Domains retrieve at most `MAX_PER_DOMAIN` accounts; a domain on `CROWD`
  accounts or more retrieves only those that share a key as well.
* An account's rank is the sum over the shared keys that are not hot of
  `worth`, ln(N / df) in millionths, N the number of accounts (`FEW` at
  least) and df the number of accounts that carry the key. Ties: more
  shared keys first, then the lower account id (by code point).
* Considered are the accounts of the contact's domains (ranked first come
  first), then the best `LIMIT` by rank of those that reach a share of `NEAR`
  of the best one's, and the account whose id the contact carries.
* `Corpus.frequency` carries df for every key of the contact, 0
  included; `Corpus.domain_accounts` and `domain_names` every domain of the contact
  and of the considered accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from math import log

import numpy as np
from numpy.typing import NDArray

from matching import data
from matching.gathering import SEEDS, Named, hashes_of, hashes_of_one, shortened
from matching.hashing import KEY_BITS, hashed, hashes, mix, mixed
from matching.names import parse_new
from matching.types import Account, DomainKind, Keys, NormalizedContact

_SCHEME = 4  # raised whenever a name gives other keys than it did; a test notices when that is forgotten
_TABLES = ("countries.txt", "freemail_major.txt", "legal_forms.txt", "legal_forms_before.txt", "words.txt")

HOT_LIMIT = 200
"""A key on more accounts than this retrieves nothing."""

FEW = 1000
"""Rarity counts as if there were at least so many accounts: in a small set two do not make a word common,
and whom it considers does not hang on how many others it has."""

LIMIT = 40
"""Accounts that are kept by rank."""

NEAR = 10
"""Of the best account's rank, the part that others need at least: one in ten."""

MAX_PER_DOMAIN = 40
"""Accounts that one domain retrieves at most, best rank first; a domain on more is no evidence by itself."""

CROWD = 1000
"""Accounts on one domain that are told apart; more are not counted."""


@lru_cache(maxsize=8192)
def key(kind: str, text: str) -> int:
    """Return one key of kind n, t, j, a, k or c: 0 <= key < 2**`KEY_BITS`."""
    return mixed(hashed(text) ^ SEEDS[kind]) >> (64 - KEY_BITS)


def keys_of(kind: str, texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the `key` of every text."""
    return shortened(mix(hashes(texts) ^ np.uint64(SEEDS[kind])))


@lru_cache(maxsize=1)
def scheme() -> str:
    """Return what names the way in which keys are made: its number, and a hash of the words it knows.

    Keys that were stored under another scheme find nothing; they are to be made anew.
    """
    known = sha256("".join(map(data.text, _TABLES)).encode())
    return f"{_SCHEME}-{known.hexdigest()[:16]}"


def worth(accounts: int, carriers: int) -> int:
    """Return what a shared key says that ``carriers`` of all ``accounts`` carry: millionths of ln(N / df).

    N is `FEW` at least. Whole numbers: their sum is the same in whatever order it is taken.
    """
    return round(log(max(accounts, FEW) / carriers) * 1_000_000)


def account_keys(account: Account) -> Keys:
    """Return the keys to save with an account: of its name, aliases and domains."""
    return keys_of_accounts([account])[0]


def contact_keys(contact: NormalizedContact) -> Keys:
    """Return the keys to look up for a contact: of its names and of the domains that can be a company's."""
    return keys_of_contacts([contact])[0]


def keys_of_accounts(accounts: Sequence[Account]) -> list[Keys]:
    """Return `account_keys` of each; of a hundred each costs a tenth."""
    return _all([account_named(each) for each in accounts])


def keys_of_contacts(contacts: Sequence[NormalizedContact]) -> list[Keys]:
    """Return `contact_keys` of each; of a hundred each costs a tenth."""
    return _all([contact_named(each) for each in contacts])


def account_hosts(account: Account) -> frozenset[str]:
    """Return the registrable domains by which an account is found."""
    return frozenset([item.domain for item in account.domains])


def account_named(account: Account) -> Named:
    """Return what an account's keys are made of."""
    names = parse_new(account.name)
    for text in account.aliases:
        names += parse_new(text)
    return names, account_hosts(account)


def contact_hosts(contact: NormalizedContact) -> frozenset[str]:
    """Return the registrable domains by which a contact's accounts are found, also those of mail providers.

    Which of them are a company's is the policy's to say.
    """
    usable = (DomainKind.COMPANY, DomainKind.FREEMAIL, DomainKind.DISPOSABLE)
    silent = {item.registrable for item in contact.domains if item.kind not in usable}
    return frozenset(item.registrable for item in contact.domains if item.registrable) - silent


def contact_named(contact: NormalizedContact) -> Named:
    """Return what a contact's keys are made of."""
    return contact.names, contact_hosts(contact)


def _all(named: Sequence[Named]) -> list[Keys]:
    if len(named) == 1:
        return [
            Keys(domains=frozenset(hosts), names=frozenset(hashes_of_one((names, hosts))))
            for names, hosts in named
        ]
    found, owners = hashes_of(named)
    ends = np.searchsorted(owners, np.arange(len(named) + 1), sorter=(order := np.argsort(owners))).tolist()
    keys = found[order].tolist()
    return [
        Keys(domains=frozenset(hosts), names=frozenset(keys[start:end]))
        for (_, hosts), start, end in zip(named, ends, ends[1:], strict=False)
    ]
