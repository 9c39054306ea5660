"""The accounts held in process, for offline matching, imports and replay.

Finds the same accounts with the same figures as the database does: the
semantics are those of `matching.keys`. All is kept in flat arrays and bytes;
an account is made a value again when it is considered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, islice

import numpy as np
from numpy.typing import NDArray

from matching.chunks import CHUNK, Chunk, unpack
from matching.gathering import hashes_of
from matching.hashing import KEY_BITS
from matching.keys import CROWD, HOT_LIMIT, MAX_PER_DOMAIN, contact_hosts, contact_named, keys_of, worth
from matching.postings import PLACE_BITS, Places, Postings
from matching.ranking import Ranks, rank
from matching.types import Account, AccountId, Considered, Corpus, NormalizedContact

BATCH = 512
"""Contacts that are best looked up at once."""


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
        self._recent: Mapping[int, Account] = {}

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
        found = self._keys.find(keys)
        ranks = rank(found, asked, self._worth, len(contacts))
        hosts = [sorted(contact_hosts(contact)) for contact in contacts]
        owners = iter(self._owners(list(chain.from_iterable(hosts))))
        places = [
            self._chosen(number, contact, list(islice(owners, len(some))), ranks)
            for number, (contact, some) in enumerate(zip(contacts, hosts, strict=True))
        ]
        accounts = self._accounts(set(chain.from_iterable(places)))
        chosen = [tuple([accounts[place] for place in some]) for some in places]
        named = [_named_domains(some, accounts) for some, accounts in zip(hosts, chosen, strict=True)]
        held = self._held(set(chain.from_iterable(named)))
        ends = np.searchsorted(asked, np.arange(len(contacts) + 1)).tolist()
        frequencies = list(zip(keys.tolist(), found.counts.tolist(), strict=True))
        return [
            Considered(accounts=accounts, corpus=self._corpus(some, held, frequencies[start:end]))
            for some, accounts, start, end in zip(named, chosen, ends, ends[1:], strict=False)
        ]

    def _chosen(
        self, number: int, contact: NormalizedContact, owners: Sequence[Places], ranks: Ranks
    ) -> dict[int, None]:
        """Return the places of the accounts to consider, best first."""
        chosen: dict[int, None] = {}
        for places in owners:
            chosen |= dict.fromkeys(_best_owners(number, places, ranks))
        chosen |= dict.fromkeys(ranks.kept(number))
        if contact.account_id is not None and (carried := self._place(contact.account_id)) is not None:
            chosen.setdefault(carried)
        return chosen

    def _owners(self, hosts: Sequence[str]) -> list[Places]:
        """Return the places of each domain's owners."""
        found = self._domains.find(keys_of("h", hosts))
        return np.split(found.places, np.cumsum(found.counts)[:-1]) if hosts else []

    def _held(self, domains: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Return for each domain on how many accounts it is, and on how many names; of none, nothing."""
        ordered = list(domains)
        found = self._domains.find(keys_of("h", ordered))
        names = self._names[found.places]
        said = np.flatnonzero(names >= 0)
        unlike = _first_of(found.which[said], names[said])
        counts = np.minimum(found.counts, CROWD).tolist()
        several = np.minimum(np.bincount(unlike, minlength=len(ordered)), CROWD)
        several[found.counts == 1] = 1
        return {
            host: (count, names)
            for host, count, names in zip(ordered, counts, several.tolist(), strict=True)
            if count
        }

    def _corpus(
        self, named: list[str], held: Mapping[str, tuple[int, int]], frequencies: list[tuple[int, int]]
    ) -> Corpus:
        known = [(host, *held[host]) for host in named if host in held]
        return Corpus(
            accounts=len(self),
            domain_accounts={host: count for host, count, _ in known},
            domain_names={host: names for host, _, names in known},
            frequency=dict(frequencies),
        )

    def _accounts(self, places: set[int]) -> Mapping[int, Account]:
        """Return the accounts of places; those of the batch before are still there."""
        recent = self._recent
        new = np.array([place for place in places if place not in recent], dtype=np.int64)
        chunks, starts, ends = self._chunk[new].tolist(), self._starts[new].tolist(), self._ends[new].tolist()
        where = zip(chunks, starts, ends, strict=True)
        made = [unpack(self._data[chunk][start:end]) for chunk, start, end in where]
        kept = {place: recent[place] for place in places & recent.keys()}
        self._recent = kept | dict(zip(new.tolist(), made, strict=True))
        return self._recent

    def _account(self, place: int) -> Account:
        return unpack(self._data[self._chunk[place]][self._starts[place] : self._ends[place]])

    def _place(self, account_id: AccountId) -> int | None:
        place = bisect_left(range(len(self)), account_id, key=lambda at: self._account(at).id)
        return place if place < len(self) and self._account(place).id == account_id else None


def _named_domains(hosts: Iterable[str], accounts: Iterable[Account]) -> list[str]:
    """Return the domains of a contact and of the accounts considered for it, in order."""
    return sorted({*hosts, *[item.domain for account in accounts for item in account.domains]})


def _first_of(which: NDArray[np.int64], names: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each number once for every name beside it that differs."""
    short = np.unique(names, return_inverse=True)[1]
    return np.unique(which * len(names) + short) // max(len(names), 1)


def _best_owners(number: int, places: Places, ranks: Ranks) -> list[int]:
    """Return the places of a domain's owners for a contact, best rank first, at most `MAX_PER_DOMAIN`."""
    if len(places) > 1:
        worths, shared = ranks.of(number, places)
        order = np.lexsort((places, -shared, -worths))
        crowded, places = len(places) >= CROWD, places[order]
        if crowded:
            places = places[shared[order] > 0]
    found: list[int] = places[:MAX_PER_DOMAIN].tolist()
    return found


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
