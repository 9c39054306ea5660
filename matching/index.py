"""The accounts held in process, for offline matching, imports and replay.

Finds the same accounts with the same figures as the database does: the
semantics are those of `matching.keys`. All is kept in flat arrays and bytes;
an account is made a value again when it is considered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.candidates import closest
from matching.chunks import CHUNK, Chunk
from matching.features.sides import AccountSide, account_side
from matching.gathering import hashes_of
from matching.hashing import KEY_BITS
from matching.keys import CROWD, HOT_LIMIT, MAX_PER_DOMAIN, contact_hosts, contact_named, keys_of, worth
from matching.packed import Packed
from matching.postings import PLACE_BITS, Places, Postings
from matching.ranking import Ranks, rank
from matching.types import Account, AccountId, Considered, Corpus, NormalizedContact

BATCH = 512
"""Contacts that are best looked up at once."""


class Close(NamedTuple):
    """The accounts that get a close look for a contact, and of what was considered the part that then counts.

    That are those accounts, and those that own a domain of the contact.
    """

    shortlist: tuple[AccountSide, ...]
    considered: Considered


class _Found(NamedTuple):
    """What was found for one contact: the places of accounts to consider, best first, and which own a domain.

    ``hosts`` are the domains by which it is looked up, ``frequency`` tells how many accounts carry each key.
    """

    places: list[int]
    owners: set[int]
    hosts: list[str]
    frequency: Mapping[int, int]


class Index:
    """An immutable index over accounts: over some with `Index.build`, over chunks of them with `Index`."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        ids = list(chain.from_iterable(chunk.ids for chunk in chunks))
        if len(ids) >> PLACE_BITS:
            raise ValueError(f"an index holds at most {1 << PLACE_BITS} accounts, not {len(ids)}")
        bases = [0, *accumulate(len(chunk.ids) for chunk in chunks)]
        order = _by_id(ids)
        moved = np.full(len(ids), -1, dtype=np.int32)
        moved[order] = np.arange(len(order), dtype=np.int32)  # a lower place is a lower id
        self._packed = Packed(chunks, order)
        self._names = np.concatenate([np.empty(0, np.int64), *[chunk.names for chunk in chunks]])[order]
        self._keys = Postings.build([chunk.keys for chunk in chunks], bases[:-1], moved, HOT_LIMIT)
        self._domains = Postings.build([chunk.domains for chunk in chunks], bases[:-1], moved, len(ids))
        self._worth = np.array(
            [0, *(worth(len(order), count) for count in range(1, HOT_LIMIT + 1))] if len(order) else [0],
            np.int64,
        )

    def __len__(self) -> int:
        return len(self._names)

    @classmethod
    def build(cls, accounts: Iterable[Account]) -> Index:
        """Index accounts; of two with one id the later stands."""
        rest = iter(accounts)
        return cls([Chunk.of(some) for some in iter(lambda: tuple(islice(rest, CHUNK)), ())])

    def account(self, account_id: AccountId) -> Account | None:
        """Return the account of an id, None when the index has none."""
        place = self._packed.place(account_id)
        return None if place is None else self._packed.account(place)

    def consider(self, contact: NormalizedContact) -> Considered:
        """Return the accounts worth looking at for a contact, best first, and what all say of its keys."""
        return self.consider_all([contact])[0]

    def consider_all(self, contacts: Sequence[NormalizedContact]) -> list[Considered]:
        """Return what `consider` does for each of some contacts; `BATCH` of them cost least each."""
        return [each for some in _batches(contacts) for each in self._consider(some)]

    def close_all(self, contacts: Sequence[NormalizedContact]) -> list[Close]:
        """Return the accounts that get a close look for each of some contacts that no account is known of.

        Most accounts considered are looked at from afar only: of those no more is read than their names.
        """
        return [each for some in _batches(contacts) for each in self._close(some)]

    def _consider(self, contacts: Sequence[NormalizedContact]) -> list[Considered]:
        found = self._find(contacts)
        return self._considered(found, [each.places for each in found])

    def _close(self, contacts: Sequence[NormalizedContact]) -> list[Close]:
        found = self._find(contacts)
        names = iter(self._packed.names([place for each in found for place in each.places]))
        near = closest(contacts, [list(islice(names, len(each.places))) for each in found])
        close = [[each.places[at] for at in some] for each, some in zip(found, near, strict=True)]
        needed = [
            [place for place in each.places if place in each.owners or place in some]
            for each, some in zip(found, close, strict=True)
        ]
        considered = self._considered(found, needed)
        held = self._packed.accounts(set(chain.from_iterable(close)))
        return [
            Close(tuple([account_side(*held[place]) for place in some]), each)
            for some, each in zip(close, considered, strict=True)
        ]

    def _find(self, contacts: Sequence[NormalizedContact]) -> list[_Found]:
        keys, asked = _asked(contacts)
        found = self._keys.find(keys)
        ranks = rank(found, asked, self._worth, len(contacts))
        hosts = [sorted({item.registrable for item in each.domains} - {""}) for each in contacts]
        owners = iter(self._owners(list(chain.from_iterable(hosts))))
        frequencies = zip(keys.tolist(), found.counts.tolist(), strict=True)
        sizes = np.bincount(asked, minlength=len(contacts)).tolist()
        return [
            self._found(
                number, contact, dict(zip(some, owners, strict=False)), ranks, dict(islice(frequencies, size))
            )
            for number, (contact, some, size) in enumerate(zip(contacts, hosts, sizes, strict=True))
        ]

    def _found(
        self,
        number: int,
        contact: NormalizedContact,
        owners: Mapping[str, Places],
        ranks: Ranks,
        frequency: Mapping[int, int],
    ) -> _Found:
        """Return what is found for the contact of a number; ``owners`` has its domains, in order."""
        hosts = sorted(contact_hosts(contact))
        places: dict[int, None] = {}
        for host in hosts:
            places |= dict.fromkeys(_best_owners(number, owners[host], ranks))
        places |= dict.fromkeys(ranks.kept(number))
        if contact.account_id is not None:
            carried = self._packed.place(contact.account_id)
            places |= {} if carried is None else {carried: None}
        owning = {place for each in owners.values() for place in each.tolist()}
        return _Found(list(places), owning, hosts, frequency)

    def _owners(self, hosts: Sequence[str]) -> list[Places]:
        """Return the places of each domain's owners."""
        found = self._domains.find(keys_of("h", hosts))
        return np.split(found.places, np.cumsum(found.counts)[:-1]) if hosts else []

    def _considered(self, found: Sequence[_Found], chosen: Sequence[Sequence[int]]) -> list[Considered]:
        """Return the accounts chosen for each contact, and what all say of its keys and their domains."""
        known = self._packed.accounts(set(chain.from_iterable(chosen)))
        among = [tuple([known[place].account for place in places]) for places in chosen]
        domains = [
            sorted({*each.hosts, *[item.domain for account in accounts for item in account.domains]})
            for each, accounts in zip(found, among, strict=True)
        ]
        held = self._held(set(chain.from_iterable(domains)))
        return [
            Considered(accounts=accounts, corpus=_corpus(len(self), some, held, each.frequency))
            for each, accounts, some in zip(found, among, domains, strict=True)
        ]

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
    accounts: int, domains: Iterable[str], held: Mapping[str, tuple[int, int]], frequency: Mapping[int, int]
) -> Corpus:
    known = [(host, *held[host]) for host in domains if host in held]
    return Corpus(
        accounts=accounts,
        domain_accounts={host: count for host, count, _ in known},
        domain_names={host: names for host, _, names in known},
        frequency=frequency,
    )


def _batches(contacts: Sequence[NormalizedContact]) -> Iterator[Sequence[NormalizedContact]]:
    return (contacts[start : start + BATCH] for start in range(0, len(contacts), BATCH))


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
