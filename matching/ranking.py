"""Accounts that share keys with contacts, in the order that `matching.keys` tells; many contacts at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.keys import HOT_LIMIT, LIMIT, NEAR
from matching.postings import PLACE_BITS, Found, Places

Longs = NDArray[np.int64]

_WORTH_BITS = 25  # millionths of ln(2**24) take 24; with the place and 15 bits for the contact that is 64
_PLACES = (1 << PLACE_BITS) - 1


@dataclass(frozen=True, slots=True)
class Ranks:
    """The accounts that share keys with each of some contacts.

    ``found`` ascends: the contact's number above `PLACE_BITS` bits of the
    account's place; ``worths`` and ``shared`` are beside it. ``best`` has the
    places of those that are kept by rank, best first; those of a contact begin at ``starts``.
    """

    found: Longs
    worths: Longs
    shared: Longs
    best: list[int]
    starts: list[int]

    def kept(self, contact: int) -> list[int]:
        """Return the places of the accounts that are kept by rank for a contact, best first."""
        return self.best[self.starts[contact] : self.starts[contact + 1]]

    def of(self, contact: int, places: Places) -> tuple[Longs, Longs]:
        """Return the rank of accounts for a contact: worth and shared keys, 0 and 0 where they share none."""
        wanted = (contact << PLACE_BITS) | places.astype(np.int64)
        if not len(self.found):
            return np.zeros_like(wanted), np.zeros_like(wanted)
        at = np.minimum(np.searchsorted(self.found, wanted), len(self.found) - 1)
        known = self.found[at] == wanted
        return np.where(known, self.worths[at], 0), np.where(known, self.shared[at], 0)


def rank(found: Found, asked: Longs, worths: Longs, contacts: int) -> Ranks:
    """Rank the accounts found behind keys.

    ``asked`` is the number of the contact that has each key (ascending, below
    2**15); ``worths`` is what a key says, by its count.
    """
    rows = _rows(found, asked, worths)
    first = _firsts(rows >> np.uint64(_WORTH_BITS))
    pairs = (rows[first] >> np.uint64(_WORTH_BITS)).astype(np.int64)
    shared = np.diff(first, append=len(rows))
    said = (rows & np.uint64((1 << _WORTH_BITS) - 1)).astype(np.int64)
    total = np.add.reduceat(said, first) if len(first) else said
    best = _best(pairs, total, shared)
    starts = np.searchsorted(pairs[best] >> PLACE_BITS, np.arange(contacts + 1))
    return Ranks(pairs, total, shared, (pairs[best] & _PLACES).tolist(), starts.tolist())


def _rows(found: Found, asked: Longs, worths: Longs) -> NDArray[np.uint64]:
    """Return a number for every account behind every key: contact, place and worth in one, ascending."""
    above = asked << (PLACE_BITS + _WORTH_BITS) | worths[np.minimum(found.counts, HOT_LIMIT)]
    rows = (above[found.which] | found.places.astype(np.int64) << _WORTH_BITS).view(np.uint64)
    return np.sort(rows, kind="stable")  # the fast kind: the places behind one key ascend already


def _firsts(values: NDArray[np.uint64]) -> Longs:
    """Return where each run of equal values begins."""
    return (
        np.flatnonzero(np.append(True, values[1:] != values[:-1])) if len(values) else np.empty(0, np.int64)
    )


def _best(found: Longs, worths: Longs, shared: Longs) -> Longs:
    """Return where those that are kept by rank stand, in order, contact by contact."""
    asked = found >> PLACE_BITS
    first = _firsts(asked.view(np.uint64))
    if not len(first):
        return first
    highest = np.repeat(np.maximum.reduceat(worths, first), np.diff(first, append=len(found)))
    near = np.flatnonzero(worths * NEAR >= highest)
    order = near[np.lexsort((found[near], -shared[near], -worths[near], asked[near]))]
    begun = _firsts(asked[order].view(np.uint64))
    place = np.arange(len(order)) - np.repeat(begun, np.diff(begun, append=len(order)))
    return order[place < LIMIT]
