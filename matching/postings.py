"""Keys to the places of the accounts that carry them, in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.hashing import KEY_BITS

Places = NDArray[np.int32]

PLACE_BITS = 24
"""Bits of an account's place: an index holds at most 2**24 accounts."""

PIECE_BITS = 64 - KEY_BITS
"""Bits of an account's place in a piece, which is of at most 2**16 accounts."""

_LEAST_BITS = 16  # of a key in the directory: the others fit into 32
_PIECE = np.uint64((1 << PIECE_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Piece:
    """The keys of some accounts: ``values`` are a key above a place each, each once, and ascend."""

    values: NDArray[np.uint64]

    @classmethod
    def of(cls, keys: NDArray[np.int64], places: Places) -> Piece:
        """Sort keys, which are of `KEY_BITS` bits, and the places beside them, of `PIECE_BITS`."""
        return cls(_each((keys << PIECE_BITS | places).view(np.uint64)))

    def pairs(self, base: int) -> NDArray[np.int64]:
        """Return rows of a key and a place, counted from ``base``."""
        keys = (self.values >> np.uint64(PIECE_BITS)).view(np.int64)
        return np.stack((keys, (self.values & _PIECE).view(np.int64) + base), axis=1)

    def part(self, number: int, bits: int) -> NDArray[np.uint64]:
        """Return the values of keys that begin with these bits."""
        spare = 64 - bits
        ends = np.array([number << spare, ((number + 1) << spare) - 1], dtype=np.uint64)
        start, end = self.values.searchsorted(ends[:1])[0], self.values.searchsorted(ends[1:], "right")[0]
        return self.values[start:end]


@dataclass(frozen=True, slots=True)
class Found:
    """What stands behind some keys: ``counts`` tells how many accounts carry each.

    ``which`` (ascending) and ``places`` are the rows: the number of a key among
    those asked for, and an account that carries it. Keys above the limit have none.
    """

    counts: NDArray[np.int64]
    which: NDArray[np.int64]
    places: Places


@dataclass(frozen=True, slots=True)
class Postings:
    """Rows of a key and an account that carries it, in the order of keys, and of places within one.

    ``directory`` tells where the rows of all keys begin that have the same high
    bits; ``rest`` are the other bits of each row's key. A key on more accounts
    than a limit is not there: it is in ``hot`` (ascending) with its count.
    """

    directory: NDArray[np.uint32]
    low_bits: int
    rest: NDArray[np.uint32]
    places: Places
    hot: NDArray[np.int64]
    hot_counts: NDArray[np.int64]

    @classmethod
    def build(cls, pieces: Sequence[Piece], bases: Sequence[int], moved: Places, limit: int) -> Postings:
        """Join pieces; the places of each begin at its base, and ``moved`` tells where each stands now.

        A place that moved to -1 is gone; a key of one place counts once.
        """
        most = sum(len(piece.values) for piece in pieces)
        bits = max(_LEAST_BITS, most.bit_length() - 1)  # two rows of one entry, or fewer
        common = max(0, len(moved).bit_length() - PIECE_BITS)  # bits of a key that each part has in common
        low_bits, entries = KEY_BITS - bits, 1 << (bits - common)
        directory = np.zeros((1 << bits) + 1, dtype=np.uint32)
        rest, places = np.empty(most, dtype=np.uint32), np.empty(most, dtype=np.int32)
        hot, end = [], 0
        for number in range(1 << common):
            values = _values(number, common, pieces, bases, moved)
            each = _Part.of(values, KEY_BITS - common, low_bits, limit)
            start, end = end, end + len(each.rest)
            rest[start:end], places[start:end] = each.rest, each.places
            directory[number * entries + 1 : (number + 1) * entries + 1] = start + each.ends
            hot.append((each.hot | (number << (KEY_BITS - common)), each.hot_counts))
        return cls(
            directory=directory,
            low_bits=low_bits,
            rest=rest[:end],
            places=places[:end],
            hot=np.concatenate([keys for keys, _ in hot]),
            hot_counts=np.concatenate([counts for _, counts in hot]),
        )

    def find(self, keys: NDArray[np.int64]) -> Found:
        """Return what stands behind keys."""
        entries = keys >> self.low_bits
        starts = self.directory[entries].astype(np.int64)
        sizes = self.directory[entries + 1] - starts
        before = np.cumsum(sizes) - sizes
        rows = np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))
        which = np.repeat(np.arange(len(keys)), sizes)
        low = _low(keys, self.low_bits)
        right = np.flatnonzero(self.rest[rows] == low[which])
        which = which[right]
        counts = np.bincount(which, minlength=len(keys))
        if len(self.hot):
            at = np.minimum(np.searchsorted(self.hot, keys), len(self.hot) - 1)
            counts = np.where(self.hot[at] == keys, self.hot_counts[at], counts)
        return Found(counts=counts, which=which, places=self.places[rows[right]])


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the rows, as in `Postings`: ``ends`` tells where those of each entry of its directory end.

    The keys of ``hot`` are without the bits that all have in common.
    """

    ends: NDArray[np.uint32]
    rest: NDArray[np.uint32]
    places: Places
    hot: NDArray[np.int64]
    hot_counts: NDArray[np.int64]

    @classmethod
    def of(cls, values: NDArray[np.uint64], key_bits: int, low_bits: int, limit: int) -> _Part:
        """Divide rows that ascend: a key of so many bits above a place; of the key so many are no entry's."""
        place_bits = 64 - key_bits
        keys = (values >> np.uint64(place_bits)).view(np.int64)
        places = _low(values, place_bits).view(np.int32)
        hot = np.unique(keys[limit:][keys[limit:] == keys[:-limit]])
        starts, ends = keys.searchsorted(hot), keys.searchsorted(hot, "right")
        if len(hot):
            kept = np.ones(len(keys), dtype=np.bool_)
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                kept[start:end] = False
            keys, places = keys[kept], places[kept]
        held = np.bincount(keys >> low_bits, minlength=1 << (key_bits - low_bits))
        return cls(
            ends=np.cumsum(held, dtype=np.uint32),
            rest=_low(keys, low_bits),
            places=places,
            hot=hot,
            hot_counts=ends - starts,
        )


def _low(values: NDArray[Any], bits: int) -> NDArray[np.uint32]:
    """Return the last bits, 32 at most, of values."""
    return values.astype(np.uint32) & np.uint32((1 << bits) - 1)


def _values(
    number: int, bits: int, pieces: Sequence[Piece], bases: Sequence[int], moved: Places
) -> NDArray[np.uint64]:
    """Return the rows of keys that begin with these bits: the other bits of the key above the place."""
    parts = (
        _moved(piece.part(number, bits), bits, moved[base:])
        for piece, base in zip(pieces, bases, strict=True)
    )
    return _each(np.concatenate([np.empty(0, dtype=np.uint64), *parts]))


def _moved(values: NDArray[np.uint64], bits: int, moved: Places) -> NDArray[np.uint64]:
    places = moved[(values & _PIECE).view(np.int64)]
    found = (values - (values & _PIECE)) << np.uint64(bits) | places.astype(np.uint64)
    return found if (places >= 0).all() else found[places >= 0]


def _each(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return values ascending, each once.

    First by 16 bits, which numpy counts instead of comparing; what is then all but in order its stable sort
    passes through: of keys a third of the time of sorting them at once, of many runs as much as merging them.
    """
    by_start = np.argsort((values >> np.uint64(48)).astype(np.uint16), kind="stable")
    values = values[by_start]
    del by_start
    values.sort(kind="stable")
    each: NDArray[np.uint64] = values[np.append(True, values[1:] != values[:-1])[: len(values)]]
    return each
