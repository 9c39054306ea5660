"""Accounts packed for an index, a few thousand at a time: the part of building one that can be shared out."""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.features.sides import MOST_NAMES
from matching.gathering import hashes_of
from matching.keys import account_named, keys_of
from matching.names import parse, restored, squash
from matching.postings import Piece
from matching.types import Account, AccountDomain, AliasKind, CompanyName, DomainSource

CHUNK = 2048
"""Accounts that are packed at once: few enough to stay near the processor from one step to the next."""

_SOURCES = {source.value: source for source in DomainSource}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Accounts as bytes, with their keys and domains. Small enough to travel between processes.

    ``ends`` tells where each account ends in ``data``, and ``called`` where what
    it is called does, which comes first; ``names`` is the key of each account's whole
    name, -1 for a name without any letter or digit.
    """

    ids: tuple[str, ...]
    data: bytes
    ends: NDArray[np.uint32]
    called: NDArray[np.uint32]
    names: NDArray[np.int64]
    keys: Piece
    domains: Piece

    @classmethod
    def of(cls, accounts: Sequence[Account]) -> Chunk:
        """Pack accounts."""
        named = [account_named(account) for account in accounts]
        names = [said for said, _ in named]
        called = [marshal.dumps((account.name, *account.aliases)) for account in accounts]
        packed = [*chain.from_iterable(zip(called, map(_pack, accounts, names), strict=True))]
        found, owners = hashes_of(named)
        ends = np.fromiter(accumulate(map(len, packed)), np.uint32, len(packed))
        hosts = [item.domain for account in accounts for item in account.domains]
        held = np.fromiter((len(account.domains) for account in accounts), np.int32, len(accounts))
        return cls(
            ids=tuple([account.id for account in accounts]),
            data=b"".join(packed),
            ends=ends[1::2],
            called=ends[::2],
            names=_name_keys(accounts, names),
            keys=Piece.of(found, owners),
            domains=Piece.of(keys_of("h", hosts), np.repeat(np.arange(len(held), dtype=np.int32), held)),
        )


def _name_keys(accounts: Sequence[Account], names: Sequence[Sequence[CompanyName]]) -> NDArray[np.int64]:
    """Return the key of each account's own name, the first of its names unless it says nothing."""
    own = [
        squash(said[0]) if said and (not account.aliases or parse(account.name)) else None
        for account, said in zip(accounts, names, strict=True)
    ]
    found = keys_of("n", [name or "" for name in own])
    return np.where(np.array([name is not None for name in own], dtype=np.bool_), found, -1)


def _pack(account: Account, names: Sequence[CompanyName]) -> bytes:
    read = [
        (
            name.clean if name.clean != account.name else None,
            name.tokens,
            name.legal_forms,
            name.words if name.words != name.tokens else None,
        )
        for name in names[:MOST_NAMES]
    ]
    domains = tuple([(d.domain, d.source.value, d.support, d.quarantined, d.part) for d in account.domains])
    return marshal.dumps(
        (
            account.id,
            tuple([kind.value for kind in account.alias_kinds]) if account.alias_kinds else (),
            domains,
            account.site,
            account.country,
            account.state,
            account.city,
            account.phone,
            account.parent_id,
            account.lifecycle,
            account.tier,
            read,
        )
    )


def names_in(data: bytes) -> tuple[str, ...]:
    """Return the name and the aliases of an account that was packed."""
    names: tuple[str, ...] = marshal.loads(data)
    return names


class Unpacked(NamedTuple):
    """An account, and what was read in its names."""

    account: Account
    names: tuple[CompanyName, ...]


def unpack(called: bytes, data: bytes) -> Unpacked:
    """Return the account that was packed as what it is called and the rest."""
    name, *aliases = names_in(called)
    identity, kinds, domains, site, country, state, city, phone, parent, lifecycle, tier, read = (
        marshal.loads(data)
    )
    account = Account(
        id=identity,
        name=name,
        aliases=tuple(aliases),
        alias_kinds=tuple([AliasKind(kind) for kind in kinds]) if kinds else (),
        domains=tuple(
            [
                AccountDomain(
                    domain=domain,
                    source=_SOURCES[source],
                    support=support,
                    quarantined=quarantined,
                    part=part,
                )
                for domain, source, support, quarantined, part in domains
            ]
        ),
        site=site,
        country=country,
        state=state,
        city=city,
        phone=phone,
        parent_id=parent,
        lifecycle=lifecycle,
        tier=tier,
    )
    names = [
        restored(name if text is None else text, tokens, forms, tokens if words is None else words)
        for text, tokens, forms, words in read
    ]
    return Unpacked(account, tuple(names))
