"""The texts that blocking keys are made of, gathered for a whole batch of records and hashed together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from matching import domains, words
from matching.hashing import KEY_BITS, Hashes, beginnings, hashed, hashes, mix
from matching.names import initials, squash
from matching.text import is_han, skeleton
from matching.types import CompanyName

MAX_KEYS = 96
"""Keys of one record from which on its further names give none but those of the whole name."""

SEEDS = {kind: hashed(kind) for kind in "ntpdjfakch"}
"""What the hash of a text is mixed with to be a key of a kind."""

Named = tuple[Sequence[CompanyName], Iterable[str]]
"""What keys are made of: the names of a record and the domains whose name part says something."""

_CAPITALS = re.compile("[A-Z0-9]{3}")
_MOST_WORDS = 12  # of a name; the rest give no keys
_LETTERS = 8  # of the beginning of a word, of which each is left out once
_TYPOS = _LETTERS + 1
_SPARE = np.uint64(64 - KEY_BITS)
_OF = {kind: np.uint64(seed) for kind, seed in SEEDS.items()}
_OF_KIND = np.zeros(128, dtype=np.uint64)
_OF_KIND[[ord(kind) for kind in SEEDS]] = list(SEEDS.values())
# From each letter on.
_BEHIND = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.arange(0, 8 * _LETTERS, 8, dtype=np.uint64)

Owned = tuple[Hashes, NDArray[np.int32]]


def shortened(values: Hashes) -> NDArray[np.int64]:
    """Return hashes as keys, of `KEY_BITS` bits."""
    return (values >> _SPARE).view(np.int64)


def hashes_of(records: Sequence[Named]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the keys of a batch of records, and for each the place of its record. A key may come twice."""
    gathered = _Gathered()
    for names, hosts in records:
        gathered.record(names, hosts)
    found, owners = zip(*gathered.made(), strict=True)
    return shortened(mix(np.concatenate(found))), np.concatenate(owners)


class _Gathered:
    """The texts of a batch of records, sorted by how they become keys."""

    def __init__(self) -> None:
        self._texts: list[str] = []  # each one key
        self._kinds: list[str] = []  # of each record, a letter for each of its texts
        self._words: list[str] = []  # each a key, with its neighbour another, with all of the name a third
        self._names: list[int] = []  # how many words each name has
        self._name_owners: list[int] = []
        self._heads: list[str] = []  # each a key, and another without each of its letters
        self._head_owners: list[int] = []

    def record(self, names: Sequence[CompanyName], hosts: Iterable[str]) -> None:
        """Take the texts of the next record."""
        owner, room, kinds = len(self._kinds), MAX_KEYS, ""
        for name in names:
            joined = squash(name)
            self._texts.append(joined)
            kinds += "n"
            if name.latin != name.core:
                self._texts.append(name.core.replace(" ", ""))
                kinds += "n"
            if room > 0:
                made, keys = self._parts(owner, name, joined)
                kinds += made
                room -= keys
        for host in sorted(hosts):
            if not domains.is_major_freemail(host):
                made, keys = self._label(owner, domains.label(host), room)
                kinds += made
                room -= keys
        self._kinds.append(kinds)

    def _parts(self, owner: int, name: CompanyName, joined: str) -> tuple[str, int]:
        """Take the parts of a name; the kinds of its texts, and how many keys all of it makes at most."""
        said = name.words[:_MOST_WORDS]
        self._words += said
        self._names.append(len(said))
        self._name_owners.append(owner)
        self._texts.append(joined[:7])
        kinds = "j"
        bones = skeleton(joined)[:10]
        if len(bones) >= 3:
            self._texts.append(bones)
            kinds += "k"
        acronyms = _acronyms(name, joined)
        self._texts += acronyms
        kinds += "a" * len(acronyms)
        if not name.core.isascii():
            pairs = _bigrams(name.core)
            self._texts += pairs
            kinds += "c" * len(pairs)
        heads = [word for word in said if len(word) >= 5 and words.weight(word) == 1.0]
        if len(heads) > 2:
            heads = sorted(heads, key=len, reverse=True)[:2]
        self._heads += [head[:_LETTERS] for head in heads]
        self._head_owners += [owner] * len(heads)
        return kinds, len(kinds) + 2 * len(said) + _TYPOS * len(heads)

    def _label(self, owner: int, label: str, room: int) -> tuple[str, int]:
        """Take a domain's name part; the kinds of its texts, and how many keys it makes at most."""
        joined = label.replace("-", "")
        self._texts.append(joined)
        if room <= 0:
            return "n", 0
        found = [joined[:7]]
        kinds = "nj"
        for part in label.split("-"):
            if len(part) > 2:
                found.append(words.canonical(part))
                kinds += "t"
        if 2 <= len(joined) <= 8:
            found.append(joined)
            kinds += "a"
        bones = skeleton(joined)[:10]
        if len(bones) >= 4:
            found.append(bones)
            kinds += "k"
        if len(joined) >= 5:
            self._heads.append(joined[:_LETTERS])
            self._head_owners.append(owner)
        self._texts += found
        return kinds, len(found) + _TYPOS

    def made(self) -> Iterable[Owned]:
        """Yield what becomes keys, and beside each the place of its record."""
        plain = hashes([*self._texts, *self._words])
        kinds = np.frombuffer("".join(self._kinds).encode(), np.uint8)
        held = np.fromiter(map(len, self._kinds), np.int64, len(self._kinds))
        yield plain[: len(kinds)] ^ _OF_KIND[kinds], np.repeat(np.arange(len(held), dtype=np.int32), held)
        if self._words:
            yield from self._of_words(plain[len(kinds) :])
        if self._heads:
            owners = np.repeat(np.array(self._head_owners, dtype=np.int32), _TYPOS)
            yield _with_typos(beginnings(self._heads)) ^ _OF["d"], owners

    def _of_words(self, plain: Hashes) -> Iterable[Owned]:
        """Yield what becomes the keys of words, of neighbouring words and of all words of a name."""
        sizes = np.array(self._names)
        starts = np.cumsum(sizes) - sizes
        of_name = np.array(self._name_owners, dtype=np.int32)
        of_word = np.repeat(of_name, sizes)
        together = np.ones(len(plain), dtype=np.bool_)
        together[starts] = False  # a name's first word has none before it
        yield plain ^ _OF["t"], of_word
        yield (plain[1:] + plain[:-1])[together[1:]] ^ _OF["p"], of_word[together]
        yield np.add.reduceat(plain, starts) ^ _OF["f"], of_name


def _with_typos(heads: Hashes) -> Hashes:
    """Return each packed beginning of a word, followed by what it is without each of its letters."""
    column = heads[:, None]
    without = (column & ~_BEHIND) | ((column << np.uint64(8)) & _BEHIND)
    return np.concatenate((column, without), axis=1, dtype=np.uint64).reshape(-1)


def _acronyms(name: CompanyName, joined: str) -> set[str]:
    found = {joined} if 2 <= len(joined) <= 6 else set()
    found.update([short for short in initials(name) if 2 <= len(short) <= 8])
    if _CAPITALS.search(name.raw):
        short = [word for word in name.latin.split() if 3 <= len(word) <= 6]
        found.update([word for word in short if word.upper() in name.raw])
    return found


def _bigrams(core: str) -> list[str]:
    pairs = [core[i : i + 2] for i in range(len(core) - 1) if is_han(core[i]) and is_han(core[i + 1])]
    return pairs[:12]
