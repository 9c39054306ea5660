"""The accounts held in process, for offline matching, imports and replay.

Finds the same accounts with the same figures as the database does: the
semantics are those of `matching.keys`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from matching.keys import CROWD, HOT_LIMIT, LIMIT, MAX_PER_DOMAIN, account_keys, contact_keys, worth
from matching.names import parse, squash
from matching.types import Account, AccountId, Considered, Corpus, Keys, NormalizedContact

Positions = NDArray[np.int32]
Counts = NDArray[np.intp]


class Index:
    """An immutable index over accounts. Build it with `Index.build`."""

    def __init__(
        self, accounts: tuple[Account, ...], postings: _Postings, domains: Mapping[str, Positions]
    ) -> None:
        self._accounts = accounts  # in the order of their ids: a lower place is a lower id
        self._postings = postings
        self._domains = domains
        self._place = {account.id: place for place, account in enumerate(accounts)}
        self._names_on = {
            host: _unlike_names(accounts, places) for host, places in domains.items() if len(places) > 1
        }

    def __len__(self) -> int:
        return len(self._accounts)

    @classmethod
    def build(cls, accounts: Iterable[Account]) -> Index:
        """Index accounts; of two with one id the later stands. Takes them all into memory."""
        latest = {account.id: account for account in accounts}
        ordered = tuple(latest[account_id] for account_id in sorted(latest))
        hosts: dict[str, list[int]] = {}
        keys: list[NDArray[np.int64]] = []
        for place, account in enumerate(ordered):
            found = account_keys(account)
            keys.append(np.fromiter(_hashes(found), dtype=np.int64))
            for host in found.domains:
                hosts.setdefault(host, []).append(place)
        domains = {host: np.array(places, dtype=np.int32) for host, places in hosts.items()}
        return cls(ordered, _Postings(keys), domains)

    def account(self, account_id: AccountId) -> Account | None:
        """Return the account of an id, None when the index has none."""
        place = self._place.get(account_id)
        return None if place is None else self._accounts[place]

    def consider(self, contact: NormalizedContact) -> Considered:
        """Return the accounts worth looking at for a contact, best first, and what all say of its keys."""
        keys = contact_keys(contact)
        hashes = np.fromiter(sorted(_hashes(keys)), dtype=np.int64)
        counts = self._postings.counts(hashes)
        places, weights, shared = self._postings.ranked(hashes, len(self._accounts))
        chosen = self._owners(
            keys, dict(zip(places.tolist(), zip(weights.tolist(), shared.tolist(), strict=True), strict=True))
        )
        for place in places[:LIMIT].tolist():
            chosen.setdefault(place)
        if contact.account_id is not None and contact.account_id in self._place:
            chosen.setdefault(self._place[contact.account_id])
        accounts = tuple(self._accounts[place] for place in chosen)
        frequency = dict(zip(hashes.tolist(), counts.tolist(), strict=True))
        return Considered(accounts=accounts, corpus=self._corpus(keys, accounts, frequency))

    def _owners(self, keys: Keys, ranks: Mapping[int, tuple[int, int]]) -> dict[int, None]:
        """Return the places of the owners of domains, best rank first, at most `MAX_PER_DOMAIN` a domain."""
        chosen: dict[int, None] = {}
        for host in sorted(keys.domains):
            places = self._domains.get(host)
            if places is not None:
                owners = [place for place in places.tolist() if place in ranks or len(places) < CROWD]
                ordered = sorted(owners, key=lambda place: (*(-x for x in ranks.get(place, (0, 0))), place))
                chosen.update(dict.fromkeys(ordered[:MAX_PER_DOMAIN]))
        return chosen

    def _corpus(self, keys: Keys, accounts: tuple[Account, ...], frequency: dict[int, int]) -> Corpus:
        hosts = {item.domain for account in accounts for item in account.domains} | keys.domains
        held = {host: min(CROWD, len(self._domains[host])) for host in sorted(hosts) if host in self._domains}
        return Corpus(
            accounts=len(self._accounts),
            domain_accounts=held,
            domain_names={host: min(CROWD, self._names_on.get(host, 1)) for host in held},
            frequency=frequency,
        )


def _hashes(keys: Keys) -> frozenset[int]:
    return keys.exact | keys.fuzzy


def _unlike_names(accounts: tuple[Account, ...], places: Positions) -> int:
    """Return how many different company names stand among accounts."""
    return len(
        {squash(parse(accounts[place].name)[0]) for place in places.tolist() if parse(accounts[place].name)}
    )


class _Postings:
    """Keys to the places of the accounts that carry them, as flat arrays; hot keys keep only their count."""

    def __init__(self, keys: list[NDArray[np.int64]]) -> None:
        sizes = np.fromiter((len(found) for found in keys), dtype=np.int64, count=len(keys))
        flat = np.concatenate(keys) if keys else np.empty(0, dtype=np.int64)
        places = np.repeat(np.arange(len(keys), dtype=np.int32), sizes)
        order = np.argsort(flat, kind="stable")
        flat, places = flat[order], places[order]
        self._keys, self._counts = np.unique(flat, return_counts=True)
        keep = np.repeat(self._counts <= HOT_LIMIT, self._counts)
        self._places = places[keep]
        kept = np.where(self._counts <= HOT_LIMIT, self._counts, 0)
        self._starts = np.concatenate(([0], np.cumsum(kept)))

    def counts(self, hashes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many accounts carry each key."""
        slots, known = self._slots(hashes)
        return (
            np.where(known, self._counts[slots], 0)
            if len(self._keys)
            else np.zeros(len(hashes), dtype=np.int64)
        )

    def _slots(self, hashes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        slots = np.minimum(np.searchsorted(self._keys, hashes), max(0, len(self._keys) - 1))
        known = self._keys[slots] == hashes if len(self._keys) else np.zeros(len(hashes), dtype=np.bool_)
        return slots, known

    def ranked(self, hashes: NDArray[np.int64], total: int) -> tuple[Positions, NDArray[np.int64], Counts]:
        """Return the accounts that share keys, best first: places, sums of `worth`, shared keys."""
        slots, known = self._slots(hashes)
        slots = slots[known]
        spans = [(self._starts[slot], self._starts[slot + 1]) for slot in slots.tolist()]
        spans = [(start, stop) for start, stop in spans if stop > start]
        if not spans:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.intp)
        found = np.concatenate([self._places[start:stop] for start, stop in spans])
        sizes = [int(stop - start) for start, stop in spans]
        worths = np.repeat(np.array([worth(total, size) for size in sizes], dtype=np.int64), sizes)
        places, inverse, shared = np.unique(found, return_inverse=True, return_counts=True)
        weights = np.bincount(inverse, weights=worths).astype(np.int64)  # far below 2**53: exact
        order = np.lexsort((places, -shared, -weights))
        return places[order], weights[order], shared[order]
