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
k     the consonants of the name (spellings that cross scripts)
c     two neighbouring characters of a script without spaces
====  =======================================================================

Retrieval, the same in SQL and in `matching.index`:

* A key on more than `HOT_LIMIT` accounts is *hot*: it retrieves nothing.
  Domains retrieve at most `MAX_PER_DOMAIN` accounts; a domain on `CROWD`
  accounts or more retrieves only those that share a key as well.
* An account's rank is the sum over the shared keys that are not hot of
  `worth`, ln(N / df) in millionths, N the number of accounts and df the
  number of accounts that carry the key. Ties: more shared keys first, then the lower account id
  (by code point).
* Considered are the accounts of the contact's domains (ranked first come
  first), then the best `LIMIT` by rank of those that reach a share of `NEAR`
  of the best one's, and the account whose id the contact carries.
* `Corpus.frequency` carries df for every key of the contact, 0
  included; `Corpus.domain_accounts` and `domain_names` every domain of the contact
  and of the considered accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from math import log

import numpy as np
from numpy.typing import NDArray

from matching import data, domains, words
from matching.hashing import KEY_BITS, Hashes, hashed, hashes, mix, mixed, packed
from matching.names import initials, parse, squash
from matching.text import is_han, skeleton
from matching.types import Account, CompanyName, DomainKind, Keys, NormalizedContact

_SCHEME = 2  # raised whenever a name gives other keys than it did; a test notices when that is forgotten
_TABLES = ("countries.txt", "freemail_major.txt", "legal_forms.txt", "legal_forms_before.txt", "words.txt")

HOT_LIMIT = 200
"""A key on more accounts than this retrieves nothing."""

LIMIT = 40
"""Accounts that are kept by rank."""

NEAR = 10
"""Of the best account's rank, the part that others need at least: one in ten."""

MAX_PER_DOMAIN = 40
"""Accounts that one domain retrieves at most, best rank first; a domain on more is no evidence by itself."""

CROWD = 1000
"""Accounts on one domain that are told apart; more are not counted."""

MAX_KEYS = 96
"""Keys of one record from which on its further names give none but those of the whole name."""

_TYPO_PREFIX = 8
_SPARE_BITS = 64 - KEY_BITS
_SPARE = np.uint64(_SPARE_BITS)
_SEEDS = {kind: hashed(kind) for kind in "ntpdjfakch"}
_OF = {kind: np.uint64(seed) for kind, seed in _SEEDS.items()}
_BEHIND = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.arange(
    0, 8 * _TYPO_PREFIX, 8, dtype=np.uint64
)  # from a letter on

Named = tuple[Sequence[CompanyName], Iterable[str]]
"""What keys are made of: the names of a record and the domains whose name part says something."""


@lru_cache(maxsize=8192)
def key(kind: str, text: str) -> int:
    """Return one key of kind n, t, j, a, k or c: 0 <= key < 2**`KEY_BITS`."""
    return mixed(hashed(text) ^ _SEEDS[kind]) >> _SPARE_BITS


def keys_of(kind: str, texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the `key` of every text."""
    return _shortened(mix(hashes(texts) ^ _OF[kind]))


def _shortened(values: Hashes) -> NDArray[np.int64]:
    return (values >> _SPARE).view(np.int64)


@lru_cache(maxsize=1)
def scheme() -> str:
    """Return what names the way in which keys are made: its number, and a hash of the words it knows.

    Keys that were stored under another scheme find nothing; they are to be made anew.
    """
    known = sha256("".join(map(data.text, _TABLES)).encode())
    return f"{_SCHEME}-{known.hexdigest()[:16]}"


def worth(accounts: int, carriers: int) -> int:
    """Return what a shared key says that ``carriers`` of all ``accounts`` carry: millionths of ln(N / df).

    Whole numbers: their sum is the same in whatever order it is taken.
    """
    return round(log(accounts / carriers) * 1_000_000)


def account_keys(account: Account) -> Keys:
    """Return the keys to save with an account: of its name, aliases and domains."""
    return Keys(domains=account_hosts(account), names=_one(account_named(account)))


def contact_keys(contact: NormalizedContact) -> Keys:
    """Return the keys to look up for a contact: of its names and of the domains that can be a company's."""
    return Keys(domains=contact_hosts(contact), names=_one(contact_named(contact)))


def account_hosts(account: Account) -> frozenset[str]:
    """Return the registrable domains by which an account is found."""
    return frozenset(item.domain for item in account.domains)


def account_named(account: Account) -> Named:
    """Return what an account's keys are made of."""
    names = parse(account.name)
    for text in account.aliases:
        names += parse(text)
    return names, account_hosts(account)


def contact_hosts(contact: NormalizedContact) -> frozenset[str]:
    """Return the registrable domains by which a contact's accounts are found."""
    usable = (DomainKind.COMPANY, DomainKind.FREEMAIL)
    silent = {item.registrable for item in contact.domains if item.kind not in usable}
    return frozenset(item.registrable for item in contact.domains if item.registrable) - silent


def contact_named(contact: NormalizedContact) -> Named:
    """Return what a contact's keys are made of."""
    return contact.names, contact_hosts(contact)


def _one(record: Named) -> frozenset[int]:
    return frozenset(hashes_of([record])[0].tolist())


def hashes_of(records: Sequence[Named]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the keys of a batch of records, and for each the place of its record. A key may come twice."""
    gathered = _Gathered()
    for place, (names, hosts) in enumerate(records):
        gathered.record(place, names, hosts)
    return gathered.hashes()


class _Gathered:
    """The texts of a batch of records, sorted by how they become keys."""

    def __init__(self) -> None:
        self._texts: list[str] = []  # each one key, of the kind beside it
        self._kinds: list[str] = []
        self._owners: list[int] = []
        self._words: list[str] = []  # each a key, with its neighbour another, with all of the name a third
        self._names: list[int] = []  # how many words each name has
        self._name_owners: list[int] = []
        self._heads: list[bytes] = []  # each a key, and another without each of its letters
        self._head_owners: list[int] = []

    def record(self, owner: int, names: Sequence[CompanyName], hosts: Iterable[str]) -> None:
        """Take the texts of one record."""
        room = MAX_KEYS
        for name in names:
            joined = squash(name)
            self._text(owner, "n", joined)
            if name.latin != name.core:
                self._text(owner, "n", name.core.replace(" ", ""))
            if room > 0:
                room -= self._parts(owner, name, joined)
        for host in sorted(hosts):
            if not domains.is_major_freemail(host):
                room -= self._label(owner, domains.label(host), room)

    def _text(self, owner: int, kind: str, text: str) -> None:
        self._texts.append(text)
        self._kinds.append(kind)
        self._owners.append(owner)

    def _parts(self, owner: int, name: CompanyName, joined: str) -> int:
        """Take the parts of a name; how many keys they make at most."""
        said = name.words[:12]
        self._words.extend(said)
        self._names.append(len(said))
        self._name_owners.append(owner)
        before = len(self._texts)
        self._text(owner, "j", joined[:7])
        bones = skeleton(joined)[:10]
        if len(bones) >= 3:
            self._text(owner, "k", bones)
        for short in _acronyms(name, joined):
            self._text(owner, "a", short)
        if not name.core.isascii():
            for pair in _bigrams(name.core):
                self._text(owner, "c", pair)
        telling = [word for word in said if len(word) >= 5 and words.weight(word) == 1.0]
        heads = sorted(telling, key=len, reverse=True)[:2]
        for word in heads:
            self._head(owner, word)
        return len(self._texts) - before + 2 * len(said) + (_TYPO_PREFIX + 1) * len(heads)

    def _head(self, owner: int, word: str) -> None:
        self._heads.append(word[:_TYPO_PREFIX].encode("utf-8", "surrogatepass"))
        self._head_owners.append(owner)

    def _label(self, owner: int, label: str, room: int) -> int:
        """Take a domain's name part; how many keys it makes at most."""
        joined = label.replace("-", "")
        self._text(owner, "n", joined)
        if room <= 0:
            return 0
        before = len(self._texts)
        self._text(owner, "j", joined[:7])
        for part in label.split("-"):
            if len(part) > 2:
                self._text(owner, "t", words.canonical(part))
        if 2 <= len(joined) <= 8:
            self._text(owner, "a", joined)
        bones = skeleton(joined)[:10]
        if len(bones) >= 4:
            self._text(owner, "k", bones)
        if len(joined) >= 5:
            self._head(owner, joined)
        return len(self._texts) - before + _TYPO_PREFIX + 1

    def hashes(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the keys of all texts, and for each the place of its record."""
        plain = hashes([*self._texts, *self._words])
        seeds = np.array([_SEEDS[kind] for kind in self._kinds], dtype=np.uint64)
        found = [plain[: len(seeds)] ^ seeds]
        owners = [np.array(self._owners, dtype=np.int32)]
        if self._words:
            made, whose = self._of_words(plain[len(seeds) :])
            found += made
            owners += whose
        if self._heads:
            found.append(_with_typos(packed(self._heads, _TYPO_PREFIX)[:, 0]) ^ _OF["d"])
            owners.append(np.repeat(np.array(self._head_owners, dtype=np.int32), _TYPO_PREFIX + 1))
        return _shortened(mix(np.concatenate(found))), np.concatenate(owners)

    def _of_words(self, plain: Hashes) -> tuple[list[Hashes], list[NDArray[np.int32]]]:
        """Return what becomes the keys of words, of neighbouring words and of all words of a name."""
        sizes = np.array(self._names)
        starts = np.cumsum(sizes) - sizes
        of_name = np.array(self._name_owners, dtype=np.int32)
        of_word = np.repeat(of_name, sizes)
        together = np.ones(len(plain), dtype=np.bool_)
        together[starts] = False  # a name's first word has none before it
        pairs = (plain[1:] + plain[:-1])[together[1:]]
        wholes = np.add.reduceat(plain, starts)
        found = [plain ^ _OF["t"], pairs ^ _OF["p"], wholes ^ _OF["f"]]
        return found, [of_word, of_word[together], of_name]


def _with_typos(heads: Hashes) -> Hashes:
    """Return each packed beginning of a word, followed by what it is without each of its letters."""
    column = heads[:, None]
    without = (column & ~_BEHIND) | ((column << np.uint64(8)) & _BEHIND)
    return np.concatenate((column, without), axis=1, dtype=np.uint64).reshape(-1)


def _acronyms(name: CompanyName, joined: str) -> set[str]:
    found = {joined} if 2 <= len(joined) <= 6 else set()
    found.update(short for short in initials(name) if 2 <= len(short) <= 8)
    found.update(
        word for word in name.latin.split() if 3 <= len(word) <= 6 and name.raw.find(word.upper()) >= 0
    )
    return found


def _bigrams(core: str) -> list[str]:
    pairs = [core[i : i + 2] for i in range(len(core) - 1) if is_han(core[i]) and is_han(core[i + 1])]
    return pairs[:12]
