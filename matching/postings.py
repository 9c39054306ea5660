"""Keys to the places of the accounts that carry them, in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.hashing import KEY_BITS

Places = NDArray[np.int32]

PLACE_BITS = 24
"""Bits of an account's place: an index holds at most 2**24 accounts."""

_LOW_BITS = 64 - PLACE_BITS
_BUCKETS = 1 << (KEY_BITS - _LOW_BITS)


@dataclass(frozen=True, slots=True)
class Piece:
    """The keys of some accounts: 40 bits of the key above 24 bits of the place, by the key's first 8 bits.

    ``ends`` tells where each of the 256 parts of ``values`` ends.
    """

    values: NDArray[np.uint64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, keys: NDArray[np.int64], places: Places) -> Piece:
        """Sort keys and the places beside them into parts. Keys are of `KEY_BITS` bits."""
        parts = (keys >> _LOW_BITS).astype(np.uint8)
        values = (keys.astype(np.uint64) << np.uint64(PLACE_BITS)) | places.astype(np.uint64)
        ends = np.cumsum(np.bincount(parts, minlength=_BUCKETS))
        return cls(values[np.argsort(parts, kind="stable")], ends)

    def pairs(self, base: int) -> NDArray[np.int64]:
        """Return rows of a key and a place, counted from ``base``; one may come twice."""
        parts = np.repeat(np.arange(_BUCKETS, dtype=np.int64), np.diff(self.ends, prepend=0))
        keys = parts << _LOW_BITS | (self.values >> np.uint64(PLACE_BITS)).astype(np.int64)
        places = (self.values & np.uint64((1 << PLACE_BITS) - 1)).astype(np.int64) + base
        return np.stack((keys, places), axis=1)

    def part(self, number: int) -> NDArray[np.uint64]:
        """Return one of the parts."""
        return self.values[self.ends[number - 1] if number else 0 : self.ends[number]]


@dataclass(frozen=True, slots=True)
class Postings:
    """``keys`` ascend; ``counts`` tells how many accounts carry each; their places start at ``starts``.

    A key on more accounts than a limit keeps its count alone.
    """

    keys: NDArray[np.int64]
    counts: NDArray[np.int32]
    starts: NDArray[np.int64]
    places: Places

    @classmethod
    def build(cls, pieces: Sequence[Piece], bases: Sequence[int], moved: Places, limit: int) -> Postings:
        """Join pieces; the places of each begin at its base, and ``moved`` tells where each stands now.

        A place that moved to -1 is gone; a key of one place counts once.
        """
        made = [_part(number, pieces, bases, moved, limit) for number in range(_BUCKETS)]
        counts = np.concatenate([counts for _, counts, _ in made])
        held = np.where(counts <= limit, counts, 0)
        return cls(
            keys=np.concatenate([keys for keys, _, _ in made]),
            counts=counts,
            starts=np.cumsum(held) - held,
            places=np.concatenate([places for _, _, places in made]),
        )

    def slots(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Return where keys stand, and how many accounts carry each: 0 for one that is not there."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.intp), np.zeros(len(keys), dtype=np.int32)
        slots = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return slots, np.where(self.keys[slots] == keys, self.counts[slots], 0)

    def at(self, slot: int) -> Places:
        """Return the places of the accounts that carry the key of a slot."""
        start = int(self.starts[slot])
        return self.places[start : start + int(self.counts[slot])]


def _part(
    number: int, pieces: Sequence[Piece], bases: Sequence[int], moved: Places, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], Places]:
    """Return the keys of one part, ascending, their counts, and the places of those within the limit."""
    parts = [piece.part(number) + np.uint64(base) for piece, base in zip(pieces, bases, strict=True)]
    values = np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)
    places = moved[(values & np.uint64((1 << PLACE_BITS) - 1)).astype(np.int64)]
    kept = places >= 0
    kept[1:] &= values[1:] != values[:-1]
    values, places = values[kept], places[kept]
    low = values >> np.uint64(PLACE_BITS)
    first = (
        np.flatnonzero(np.concatenate(([True], low[1:] != low[:-1]))) if len(low) else np.empty(0, np.intp)
    )
    counts = np.diff(first, append=len(low)).astype(np.int32)
    keys = low[first].astype(np.int64) | (number << _LOW_BITS)
    return keys, counts, places[np.repeat(counts <= limit, counts)]
