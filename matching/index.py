"""The accounts held in process, for offline matching, imports and replay.

Finds the same accounts with the same figures as the database does: the
semantics are those of `matching.keys`. All is kept in flat arrays and bytes;
an account is made a value again when it is considered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, islice

import numpy as np
from numpy.typing import NDArray

from matching.chunks import CHUNK, Chunk, unpack
from matching.hashing import KEY_BITS
from matching.keys import (
    CROWD,
    HOT_LIMIT,
    MAX_PER_DOMAIN,
    contact_hosts,
    contact_named,
    hashes_of,
    keys_of,
    worth,
)
from matching.postings import PLACE_BITS, Places, Postings
from matching.ranking import Ranks, rank
from matching.types import Account, AccountId, Considered, Corpus, NormalizedContact

BATCH = 512
"""Contacts that are best looked up at once."""

_NONE: Places = np.empty(0, dtype=np.int32)
_RECENT = 4096
"""Accounts that are kept as values."""


class Index:
    """An immutable index over accounts. Build it with `Index.build`, or with `Index.join` from chunks."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        ids = list(chain.from_iterable(chunk.ids for chunk in chunks))
        if len(ids) >> PLACE_BITS:
            raise ValueError(f"an index holds at most {1 << PLACE_BITS} accounts, not {len(ids)}")
        bases = [0, *accumulate(len(chunk.ids) for chunk in chunks)]
        order = _by_id(ids)
        moved = np.full(len(ids), -1, dtype=np.int32)
        moved[order] = np.arange(len(order), dtype=np.int32)  # a lower place is a lower id
        self._data = [chunk.data for chunk in chunks]
        self._chunk = np.repeat(np.arange(len(chunks), dtype=np.int32), np.diff(bases))[order]
        self._ends = _joined([chunk.ends for chunk in chunks])[order]
        self._starts = _joined([np.append(0, chunk.ends[:-1]) for chunk in chunks])[order]
        self._names = _joined([chunk.names for chunk in chunks])[order]
        self._keys = Postings.build([chunk.keys for chunk in chunks], bases[:-1], moved, HOT_LIMIT)
        self._domains = Postings.build([chunk.domains for chunk in chunks], bases[:-1], moved, len(ids))
        self._worth = np.array(
            [0, *(worth(len(order), count) for count in range(1, HOT_LIMIT + 1))] if len(order) else [0],
            np.int64,
        )
        self._account = lru_cache(maxsize=_RECENT)(self._unpacked)
        self._unlike = lru_cache(maxsize=_RECENT)(self._unlike_names)

    def __len__(self) -> int:
        return len(self._names)

    @classmethod
    def build(cls, accounts: Iterable[Account]) -> Index:
        """Index accounts; of two with one id the later stands."""
        rest = iter(accounts)
        return cls([Chunk.of(some) for some in iter(lambda: tuple(islice(rest, CHUNK)), ())])

    def account(self, account_id: AccountId) -> Account | None:
        """Return the account of an id, None when the index has none."""
        place = self._place(account_id)
        return None if place is None else self._account(place)

    def consider(self, contact: NormalizedContact) -> Considered:
        """Return the accounts worth looking at for a contact, best first, and what all say of its keys."""
        return self.consider_all([contact])[0]

    def consider_all(self, contacts: Sequence[NormalizedContact]) -> list[Considered]:
        """Return what `consider` does for each of some contacts; `BATCH` of them cost least each."""
        batches = (contacts[start : start + BATCH] for start in range(0, len(contacts), BATCH))
        return [found for batch in batches for found in self._consider(batch)]

    def _consider(self, contacts: Sequence[NormalizedContact]) -> list[Considered]:
        keys, asked = _asked(contacts)
        slots, counts = self._keys.slots(keys)
        ranks = rank(self._keys, slots, counts, asked, self._worth, len(contacts))
        hosts = [contact_hosts(contact) for contact in contacts]
        chosen = [
            tuple(map(self._account, self._chosen(number, contact, hosts[number], ranks)))
            for number, contact in enumerate(contacts)
        ]
        held = self._held({host for some in hosts for host in some}, chosen)
        ends = np.searchsorted(asked, np.arange(len(contacts) + 1)).tolist()
        return [
            Considered(
                accounts=accounts,
                corpus=self._corpus(hosts[number], accounts, held, keys[start:end], counts[start:end]),
            )
            for number, (accounts, start, end) in enumerate(zip(chosen, ends, ends[1:], strict=False))
        ]

    def _chosen(
        self, number: int, contact: NormalizedContact, hosts: frozenset[str], ranks: Ranks
    ) -> dict[int, None]:
        """Return the places of the accounts to consider, best first."""
        chosen: dict[int, None] = {}
        for host in sorted(hosts):
            chosen |= dict.fromkeys(self._owners(number, host, ranks))
        chosen |= dict.fromkeys(ranks.kept(number))
        if contact.account_id is not None and (carried := self._place(contact.account_id)) is not None:
            chosen.setdefault(carried)
        return chosen

    def _owners(self, number: int, host: str, ranks: Ranks) -> list[int]:
        """Return the places of a domain's owners, best rank first, at most `MAX_PER_DOMAIN`."""
        places = self._owning(host)
        if len(places) > 1:
            worths, shared = ranks.of(number, places)
            order = np.lexsort((places, -shared, -worths))
            places = places[order]
            if len(places) >= CROWD:
                places = places[shared[order] > 0]
        found: list[int] = places[:MAX_PER_DOMAIN].tolist()
        return found

    def _owning(self, host: str) -> Places:
        slots, counts = self._domains.slots(keys_of("h", [host]))
        return self._domains.at(int(slots[0])) if counts[0] else _NONE

    def _held(self, hosts: set[str], chosen: Iterable[tuple[Account, ...]]) -> dict[str, tuple[int, int]]:
        """Return for each domain, also of the accounts, on how many accounts it is, and on how many names."""
        listed = list(hosts.union(item.domain for some in chosen for each in some for item in each.domains))
        slots, counts = self._domains.slots(keys_of("h", listed))
        return {
            host: (min(CROWD, count), self._unlike(slot) if count > 1 else 1)
            for host, slot, count in zip(listed, slots.tolist(), counts.tolist(), strict=True)
            if count
        }

    def _unlike_names(self, slot: int) -> int:
        """Return how many different company names stand among the accounts of a domain."""
        names = np.unique(self._names[self._domains.at(slot)])
        return min(CROWD, int(np.count_nonzero(names >= 0)))

    def _corpus(
        self,
        hosts: frozenset[str],
        accounts: tuple[Account, ...],
        held: Mapping[str, tuple[int, int]],
        keys: NDArray[np.int64],
        counts: NDArray[np.int32],
    ) -> Corpus:
        named = sorted(hosts.union(item.domain for account in accounts for item in account.domains))
        of = {host: held[host] for host in named if host in held}
        return Corpus(
            accounts=len(self),
            domain_accounts={host: count for host, (count, _) in of.items()},
            domain_names={host: names for host, (_, names) in of.items()},
            frequency=dict(zip(keys.tolist(), counts.tolist(), strict=True)),
        )

    def _unpacked(self, place: int) -> Account:
        return unpack(self._data[self._chunk[place]][self._starts[place] : self._ends[place]])

    def _place(self, account_id: AccountId) -> int | None:
        place = bisect_left(range(len(self)), account_id, key=lambda at: self._account(at).id)
        return place if place < len(self) and self._account(place).id == account_id else None


def _asked(contacts: Sequence[NormalizedContact]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the keys of contacts, each once, and the number of the contact of each; ascending by that."""
    keys, owners = hashes_of([contact_named(contact) for contact in contacts])
    both = np.unique(owners.astype(np.int64) << KEY_BITS | keys)
    return both & ((1 << KEY_BITS) - 1), both >> KEY_BITS


def _by_id(ids: Sequence[str]) -> NDArray[np.int64]:
    """Return where the accounts stand in the order of their ids, of two with one id only the later."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    last = [
        place
        for place, after in zip(order, [*order[1:], None], strict=False)
        if after is None or ids[place] != ids[after]
    ]
    return np.array(last, dtype=np.int64)


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
