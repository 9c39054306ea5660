"""The texts that blocking keys are made of, gathered for a whole batch of records and hashed together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import domains, words
from matching.hashing import KEY_BITS, Hashes, beginnings, hashed, hashes, mix, mixed
from matching.names import initials, squash
from matching.text import is_han, skeletons
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
# From each letter on.
_MASK = (1 << 64) - 1
_BEHIND = np.uint64(_MASK) >> np.arange(0, 8 * _LETTERS, 8, dtype=np.uint64)
_BEHIND_EACH = _BEHIND.tolist()

_Longs = NDArray[np.int64]
_Parts = NDArray[np.int32]


def shortened(values: Hashes) -> NDArray[np.int64]:
    """Return hashes as keys, of `KEY_BITS` bits."""
    return (values >> _SPARE).view(np.int64)


def hashes_of(records: Sequence[Named]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the keys of a batch of records, and for each the place of its record. A key may come twice."""
    named, labelled = [names for names, _ in records], [_labels(hosts) for _, hosts in records]
    names, labels = list(chain.from_iterable(named)), list(chain.from_iterable(labelled))
    owners = np.append(_places(_sizes(named)), _places(_sizes(labelled)))
    gathered = _gathered(names, labels)
    counts = np.stack([each.counts() for each in gathered])
    costs = np.array([each.cost for each in gathered]) @ counts
    costs[len(names) :] += _TYPOS - _TYPOS * counts[-1, len(names) :]  # a domain counts as a long word
    values, parts = _made(gathered, counts)
    kept = (_before(costs, owners) < MAX_KEYS)[parts]
    kept[: counts[:_WHOLE].sum()] = True
    return shortened(mix(values[kept])), owners[parts[kept]]


def hashes_of_one(record: Named) -> set[int]:
    """Return the keys of one record: what `hashes_of` makes of it, in a third of the time."""
    names, hosts = record
    *gathered, words_of, heads_of = _gathered(names, labels := _labels(hosts))
    values: list[int] = []
    spent = 0
    for part in range(len(names) + len(labels)):
        enough = spent >= MAX_KEYS
        some = [(each, each.of(part)) for each in (gathered[:_WHOLE] if enough else gathered)]
        values += [hashed(text) ^ SEEDS[each.kind] for each, texts in some for text in texts]
        if enough:
            continue
        said, heads = [*map(hashed, words_of.of(part))], heads_of.of(part)
        values += [each ^ SEEDS["t"] for each in said]
        values += [((one + other) & _MASK) ^ SEEDS["p"] for one, other in pairwise(said)]
        values += [(sum(said) & _MASK) ^ SEEDS["f"]] if said else []
        values += [each ^ SEEDS["d"] for text in heads for each in _typos(text[:_LETTERS])]
        spent += sum([each.cost * len(texts) for each, texts in some]) + words_of.cost * len(said)
        spent += _TYPOS * (len(heads) if part < len(names) else 1)  # a domain counts as a long word
    return {mixed(value) >> (64 - KEY_BITS) for value in values}


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts of each part that become keys of one kind, how many keys one makes at most; one of each, or some.

    A part of a record is a name or the name part of a domain.
    """

    kind: str
    parts: Sequence[Any]
    cost: int
    single: bool

    def of(self, part: int) -> Collection[str]:
        """Return the texts of one part."""
        return (self.parts[part],) if self.single else self.parts[part]

    def all(self) -> list[str]:
        """Return the texts of all parts."""
        return list(self.parts if self.single else chain.from_iterable(self.parts))

    def counts(self) -> _Longs:
        """Return how many texts each part has."""
        return np.ones(len(self.parts), np.int64) if self.single else _sizes(self.parts)


def _one(kind: str, texts: Sequence[str], cost: int) -> _Texts:
    return _Texts(kind, texts, cost, single=True)


def _some(kind: str, texts: Sequence[Collection[str]], cost: int) -> _Texts:
    return _Texts(kind, texts, cost, single=False)


_WHOLE = 2
"""How many kinds of text, of those gathered first, become keys of whatever part."""


def _gathered(names: Sequence[CompanyName], labels: Sequence[str]) -> list[_Texts]:
    """Return the texts of all names, and behind them of the name parts of all domains.

    The last two are words, which make keys together, and beginnings of words, which make keys by typos.
    """
    of_names: list[Collection[str]] = [()] * len(names)
    of_labels: list[Collection[str]] = [()] * len(labels)
    joined = [squash(name) for name in names]
    short = [_acronyms(name, text) for name, text in zip(names, joined, strict=True)]
    said = [name.words[:_MOST_WORDS] for name in names]
    spelled = list(map(domains.joined, labels))
    telling = [[word for word in some if word not in words.FAINT] for some in said]
    whole, parts = skeletons([*joined, *spelled]), skeletons(list(map("".join, telling)))
    bones = [
        *map(_bones, whole[: len(names)], parts),
        *[(bone[:10],) if len(bone) >= 4 else () for bone in whole[len(names) :]],
    ]
    return [
        _one("n", [*joined, *spelled], 0),
        _some(
            "n", [*[_own_script(name) if name.latin != name.core else () for name in names], *of_labels], 0
        ),
        _one("j", [text[:7] for text in (*joined, *spelled)], 1),
        _some("k", bones, 1),
        _some("a", [*short, *[(text,) if 2 <= len(text) <= 8 else () for text in spelled]], 1),
        _some("c", [*[() if name.core.isascii() else _bigrams(name.core) for name in names], *of_labels], 1),
        _some("t", [*of_names, *map(_label_words, labels)], 1),
        _some("t", [*said, *of_labels], 2),
        _some("d", [*map(_heads, telling), *[(text,) if len(text) >= 5 else () for text in spelled]], _TYPOS),
    ]


def _made(gathered: Sequence[_Texts], counts: _Longs) -> tuple[Hashes, _Parts]:
    """Return what becomes keys, and of each the part it is of; what whole names become comes first."""
    kinds, (*texts, heads) = [each.kind for each in gathered], [each.all() for each in gathered]
    ends = counts.sum(axis=1).cumsum()
    of = np.repeat(np.tile(np.arange(counts.shape[1], dtype=np.int32), len(counts)), counts.reshape(-1))
    of_said, of_heads = of[ends[-3] : ends[-2]], of[ends[-2] :]
    plain = hashes(list(chain.from_iterable(texts)))
    said = plain[ends[-3] :]
    seeds = np.repeat([_OF[kind] for kind in kinds[:-1]], list(map(len, texts)))
    neighbours = of_said[1:] == of_said[:-1]
    starts = np.flatnonzero(np.append(True, ~neighbours)[: len(said)])
    values = (
        plain ^ seeds,
        (said[1:] + said[:-1])[neighbours] ^ _OF["p"],
        (np.add.reduceat(said, starts) if len(said) else said) ^ _OF["f"],
        _with_typos(beginnings([text[:_LETTERS] for text in heads])) ^ _OF["d"],
    )
    parts = (of[: ends[-2]], of_said[1:][neighbours], of_said[starts], np.repeat(of_heads, _TYPOS))
    return np.concatenate(values), np.concatenate(parts)


def _before(costs: _Longs, records: _Parts) -> _Longs:
    """Return what the parts of the same record cost that come before each."""
    order = np.argsort(records, kind="stable")
    total = np.cumsum(costs[order]) - costs[order]
    first = np.searchsorted(records[order], records[order])
    before = np.empty_like(total)
    before[order] = total - total[first]
    return before


def _sizes(some: Sequence[Collection[object]]) -> _Longs:
    return np.fromiter(map(len, some), np.int64, len(some))


def _places(sizes: _Longs) -> _Parts:
    """Return the place of each size, as often as it says."""
    return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


def _labels(hosts: Iterable[str]) -> list[str]:
    return [domains.label(host) for host in sorted(hosts) if not domains.is_major_freemail(host)]


def _label_words(label: str) -> list[str]:
    return [words.canonical(part) for part in label.split("-") if len(part) > 2]


def _bones(whole: str, part: str) -> tuple[str, ...]:
    """Return the beginnings of a name's consonants and of those of its telling words, where it is another."""
    if part == whole or len(part) < 3:
        return (whole[:10],) if len(whole) >= 3 else ()
    return whole[:10], part[:10]


def _heads(telling: Sequence[str]) -> Sequence[str]:
    """Return the two longest of a name's telling words."""
    heads = [word for word in telling if len(word) >= 5]
    return heads if len(heads) <= 2 else sorted(heads, key=len, reverse=True)[:2]


def _with_typos(heads: Hashes) -> Hashes:
    """Return each packed beginning of a word, followed by what it is without each of its letters."""
    column = heads[:, None]
    without = (column & ~_BEHIND) | ((column << np.uint64(8)) & _BEHIND)
    return np.concatenate((column, without), axis=1, dtype=np.uint64).reshape(-1)


def _typos(head: str) -> list[int]:
    """Return what `_with_typos` does of one beginning of a word."""
    packed = int.from_bytes(head.encode("utf-8", "surrogatepass")[:8].ljust(8, b"\0"), "big")
    without = [(packed & ~behind) | ((packed << 8) & behind) for behind in _BEHIND_EACH]
    return [packed, *without]


def _acronyms(name: CompanyName, joined: str) -> set[str]:
    found = {short for short in initials(name) if len(short) <= 8}
    if 2 <= len(joined) <= 6:
        found.add(joined)
    if _CAPITALS.search(name.raw):
        found.update(
            [word for word in name.latin.split() if 3 <= len(word) <= 6 and word.upper() in name.raw]
        )
    return found


def _own_script(name: CompanyName) -> Sequence[str]:
    """Return a name without spaces in its own script."""
    return (name.core.replace(" ", ""),)


def _bigrams(core: str) -> Sequence[str]:
    pairs = [core[i : i + 2] for i in range(len(core) - 1) if is_han(core[i]) and is_han(core[i + 1])]
    return pairs[:12]
