"""Blocking keys: what is saved with an account and looked up for a contact.

`account_keys` and `contact_keys` are one function over names and domains. A
key is a stable hash of a kind and a text; two records that share one *may* be
the same organisation. The kinds, all fuzzy but the first:

====  =======================================================================
n     a whole name without spaces (Latin, and in its own script), and the
      name part of a domain: so a domain finds a name and a name a domain
t     a word in the spelling that stands for all of its spellings
p     two neighbouring words, in alphabetical order
d     the first 8 letters of the two longest telling words, with one letter
      left out (two spellings one typo apart share one)
j     the first 7 letters of the name without spaces (joined and split words)
f     all words of the name, in alphabetical order
a     initials, and a short name that could be initials
k     the consonants of the name (spellings that cross scripts)
c     two neighbouring characters of a script without spaces
====  =======================================================================

Retrieval, the same in SQL and in `matching.index`:

* A fuzzy or exact key on more than `HOT_LIMIT` accounts is *hot*: it retrieves
  nothing. Domains retrieve at most `MAX_PER_DOMAIN` accounts; a domain on
  `CROWD` accounts or more retrieves only those that share a key as well.
* An account's rank is the sum over the shared, not hot, exact and fuzzy keys
  of `worth`, ln(N / df) in millionths, N the number of accounts and df the
  number of accounts that carry the key. Ties: more shared keys first, then the lower account id
  (by code point).
* Considered are the accounts of the contact's domains (ranked first come
  first) and then the best `LIMIT` by rank, and the account whose id the
  contact carries.
* `Corpus.frequency` carries df for every fuzzy and exact key of the contact, 0
  included; `Corpus.domain_accounts` and `domain_names` every domain of the contact
  and of the considered accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from math import log

from matching import domains, words
from matching.names import initials, parse, squash
from matching.text import is_han, skeleton
from matching.types import Account, CompanyName, DomainKind, Keys, NormalizedContact

HOT_LIMIT = 200
"""A key on more accounts than this retrieves nothing."""

LIMIT = 80
"""Accounts that are kept by rank."""

MAX_PER_DOMAIN = 40
"""Accounts that one domain retrieves at most, best rank first; a domain on more is no evidence by itself."""

CROWD = 1000
"""Accounts on one domain that are told apart; more are not counted."""

MAX_KEYS = 96
"""Fuzzy keys of one record at most."""

_TYPO_PREFIX = 8


@lru_cache(maxsize=65536)
def key(kind: str, text: str) -> int:
    """Return the 64-bit signed hash of one key. Stable across versions of Python and machines."""
    digest = blake2b(f"{kind}\x1f{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def worth(accounts: int, carriers: int) -> int:
    """Return what a shared key says that ``carriers`` of all ``accounts`` carry: millionths of ln(N / df).

    Whole numbers: their sum is the same in whatever order it is taken.
    """
    return round(log(accounts / carriers) * 1_000_000)


def account_keys(account: Account) -> Keys:
    """Return the keys to save with an account: of its name, aliases and domains."""
    names = tuple(name for text in (account.name, *account.aliases) for name in parse(text))
    return _keys(names, (item.domain for item in account.domains))


def contact_keys(contact: NormalizedContact) -> Keys:
    """Return the keys to look up for a contact: of its names and of the domains that can be a company's."""
    usable = (DomainKind.COMPANY, DomainKind.FREEMAIL)
    found = (item.registrable for item in contact.domains if item.registrable and item.kind in usable)
    return _keys(
        contact.names, found, silent=[d.registrable for d in contact.domains if d.kind not in usable]
    )


def _keys(names: Iterable[CompanyName], registrables: Iterable[str], silent: Iterable[str] = ()) -> Keys:
    hosts = frozenset(registrables) - frozenset(silent)
    exact: set[int] = set()
    fuzzy: dict[int, None] = {}
    for name in names:
        whole, parts = _name_keys(name)
        exact.update(whole)
        fuzzy.update(dict.fromkeys(parts))
    for host in sorted(hosts):
        if not domains.is_major_freemail(host):
            whole, parts = _label_keys(domains.label(host))
            exact.update(whole)
            fuzzy.update(dict.fromkeys(parts))
    return Keys(domains=hosts, exact=frozenset(exact), fuzzy=frozenset(list(fuzzy)[:MAX_KEYS]))


@lru_cache(maxsize=65536)
def _name_keys(name: CompanyName) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return exact and fuzzy keys of one name."""
    joined = squash(name)
    exact = {key("n", joined), key("n", name.core.replace(" ", ""))}
    return tuple(exact), tuple(dict.fromkeys(_fuzzy(name, joined)))


def _fuzzy(name: CompanyName, joined: str) -> Iterator[int]:
    said = name.words[:12]
    yield key("f", " ".join(sorted(said)))
    for word in said:
        yield key("t", word)
    for left, right in pairwise(said):
        yield key("p", " ".join(sorted((left, right))))
    yield key("j", joined[:7])
    bones = skeleton(joined)[:10]
    if len(bones) >= 3:
        yield key("k", bones)
    for short in _acronyms(name, joined):
        yield key("a", short)
    for word in sorted((word for word in said if words.weight(word) == 1.0), key=len, reverse=True)[:2]:
        yield from _typo_keys(word)
    yield from _bigrams(name.core)


def _acronyms(name: CompanyName, joined: str) -> set[str]:
    found = {joined} if 2 <= len(joined) <= 6 else set()
    found.update(short for short in initials(name) if 2 <= len(short) <= 8)
    found.update(
        word for word in name.latin.split() if 3 <= len(word) <= 6 and name.raw.find(word.upper()) >= 0
    )
    return found


def _typo_keys(word: str) -> Iterator[int]:
    if len(word) < 5:
        return
    head = word[:_TYPO_PREFIX]
    yield key("d", head)
    for place in range(len(head)):
        yield key("d", head[:place] + head[place + 1 :])


def _bigrams(core: str) -> Iterator[int]:
    if core.isascii():
        return
    pairs = [core[i : i + 2] for i in range(len(core) - 1) if is_han(core[i]) and is_han(core[i + 1])]
    for pair in pairs[:12]:
        yield key("c", pair)


@lru_cache(maxsize=65536)
def _label_keys(label: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return exact and fuzzy keys of a domain's name part."""
    joined = label.replace("-", "")
    fuzzy = [
        key("j", joined[:7]),
        *(key("t", words.canonical(part)) for part in label.split("-") if len(part) > 2),
    ]
    if 2 <= len(joined) <= 8:
        fuzzy.append(key("a", joined))
    bones = skeleton(joined)[:10]
    if len(bones) >= 4:
        fuzzy.append(key("k", bones))
    fuzzy.extend(_typo_keys(joined))
    return (key("n", joined),), tuple(dict.fromkeys(fuzzy))
