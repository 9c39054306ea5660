"""Which accounts a contact may belong to: the semantics of `matching.keys`, read for a whole batch at once.

Three statements, however many contacts: which accounts carry the keys and own
the domains; what orders the best of them; what hangs on those chosen. The
accounts behind a key come as one text and are ranked here: to hand over a row
for each costs the databases more than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from matching.keys import CROWD, HOT_LIMIT, LIMIT, MAX_PER_DOMAIN, NEAR, keys_of_contacts, worth
from matching.types import Account, AccountId, Considered, Corpus, Keys, NormalizedContact, Remembered
from service.db import account_values
from service.db.account_values import Named, Shares
from service.db.statements import Statement

_LOOKED_UP = Statement(
    """
    SELECT keys.key, NULL AS domain, h.accounts, CASE WHEN h.key IS NULL THEN (
        SELECT {listed few.account_id} FROM (
            SELECT p.account_id FROM account_key p WHERE p.key = keys.key LIMIT {:most}
        ) AS few
    ) END FROM {keys} LEFT JOIN hot_key h ON h.key = keys.key
    UNION ALL
    SELECT NULL, hosts.domain, NULL, (
        SELECT {listed few.account_id} FROM (
            SELECT DISTINCT d.account_id FROM account_domain d WHERE d.domain = hosts.domain LIMIT {:crowd}
        ) AS few
    ) FROM {hosts}
    UNION ALL
    SELECT NULL, NULL, accounts, NULL FROM corpus
    """,
    keys={"key": "bigint"},
    hosts={"domain": "text"},
)

_OF_CROWD = Statement(
    """
    SELECT DISTINCT asked.domain, d.account_id FROM {asked} CROSS JOIN account_domain d
    WHERE d.account_id = asked.account_id AND d.domain = asked.domain
    """,
    asked={"domain": "text", "account_id": "bigint"},
)

_SHARED_BITS = 16
"""Of a rank: an account's worth stands above the number of keys it shares, so that one number orders."""

Rows = Sequence[int]
"""Row numbers of accounts."""


@dataclass(frozen=True, slots=True)
class _LookedUp:
    """Which accounts carry a batch's keys and own its domains, among ``total`` accounts.

    ``counts`` tells on how many accounts each key is, 0 included; ``carriers``
    which they are where the key retrieves; ``owners`` those of each domain, at most `CROWD`.
    """

    total: int
    counts: Mapping[int, int]
    carriers: Mapping[int, Rows]
    owners: Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for one contact: those kept by rank, the owners of each domain, those it carries.

    ``ranks`` has the rank of every account that shares a key.
    """

    ranks: Mapping[int, int]
    kept: Rows
    owners: Sequence[Rows]
    carried: Sequence[AccountId]

    def rows(self) -> Iterable[int]:
        yield from self.kept
        for rows in self.owners:
            yield from rows


def consider(
    connection: Connection,
    contacts: Sequence[NormalizedContact],
    now: datetime,
    remembered: Sequence[tuple[Remembered, ...]] = (),
) -> list[Considered]:
    """The accounts worth looking at for each contact, best first, as they are at ``now``.

    ``remembered`` gives, for each contact, what people answered before; accounts
    they spoke of are among those considered.
    """
    remembered = remembered or [()] * len(contacts)
    keys = keys_of_contacts(contacts)
    looked_up = _look_up(connection, keys)
    carried = [_carried(contact, said) for contact, said in zip(contacts, remembered, strict=True)]
    found = _find(connection, keys, carried, looked_up)
    rows = {row for each in found for row in each.rows()}
    named = account_values.named(connection, rows, {each for some in carried for each in some})
    chosen = [_choose(each, named) for each in found]
    accounts, shares = account_values.whole(
        connection, named, {row for some in chosen for row in some}, looked_up.owners.keys(), now
    )
    return [
        Considered(
            accounts=(among := tuple([accounts[row] for row in some])),
            corpus=_corpus(asked, among, looked_up, shares),
            remembered=said,
        )
        for asked, some, said in zip(keys, chosen, remembered, strict=True)
    ]


def _carried(contact: NormalizedContact, said: Sequence[Remembered]) -> list[AccountId]:
    """Return the account that the contact carries, and those that people spoke of."""
    return [each for each in dict.fromkeys((contact.account_id, *[item.account_id for item in said])) if each]


def _look_up(connection: Connection, keys: Sequence[Keys]) -> _LookedUp:
    wanted = sorted({key for each in keys for key in each.names})
    hosts = sorted({host for each in keys for host in each.domains})
    total, counts, carriers, owners = 0, {}, {}, {}
    for key, host, count, listed in _LOOKED_UP.run(
        connection, keys=wanted, hosts=hosts, most=HOT_LIMIT + 1, crowd=CROWD
    ):
        rows = list(map(int, listed.split(","))) if listed else []
        if host is not None:
            owners[host] = rows
        elif key is None:
            total = count
        else:
            counts[key] = len(rows) if count is None else count
            if 0 < counts[key] <= HOT_LIMIT:
                carriers[key] = rows
    return _LookedUp(total, counts, carriers, owners)


def _find(
    connection: Connection,
    keys: Sequence[Keys],
    carried: Sequence[Sequence[AccountId]],
    looked_up: _LookedUp,
) -> list[_Found]:
    ranks = [_ranked(each.names, looked_up) for each in keys]
    crowded = {host for host, rows in looked_up.owners.items() if len(rows) >= CROWD}
    of_crowd = _of_crowd(connection, crowded, keys, ranks) if crowded else frozenset()
    return [
        _Found(
            ranks=held,
            kept=_kept(held),
            owners=[
                [row for row in held if (host, row) in of_crowd]
                if host in crowded
                else looked_up.owners[host]
                for host in sorted(each.domains)
            ],
            carried=some,
        )
        for each, held, some in zip(keys, ranks, carried, strict=True)
    ]


def _ranked(names: Iterable[int], looked_up: _LookedUp) -> dict[int, int]:
    """Return the rank of every account that carries one of the keys."""
    ranks: dict[int, int] = {}
    known = ranks.get
    for key in names:
        rows = looked_up.carriers.get(key, ())
        if rows:
            said = worth(looked_up.total, len(rows)) << _SHARED_BITS | 1
            for row in rows:
                ranks[row] = known(row, 0) + said
    return ranks


def _kept(ranks: Mapping[int, int]) -> Rows:
    """Return the accounts that may be kept by rank: the best `LIMIT`, and those equal to the last of them."""
    if not ranks:
        return ()
    ordered = sorted(ranks.values(), reverse=True)
    highest, last = ordered[0], ordered[:LIMIT][-1]
    near = -(-(highest >> _SHARED_BITS) // NEAR) << _SHARED_BITS  # worth * NEAR >= the highest worth
    least = max(last, near)
    return [row for row, rank in ranks.items() if rank >= least]


def _of_crowd(
    connection: Connection,
    crowded: AbstractSet[str],
    keys: Sequence[Keys],
    ranks: Sequence[Mapping[int, int]],
) -> frozenset[tuple[str, int]]:
    """Return the domains of a crowd with the accounts that own them, of those that share a key as well."""
    asked = {
        (host, row)
        for each, held in zip(keys, ranks, strict=True)
        for host in each.domains & crowded
        for row in held
    }
    return frozenset(map(tuple, _OF_CROWD.run(connection, asked=sorted(asked))))


def _choose(found: _Found, named: Named) -> list[int]:
    """Return the accounts to consider, best first: owners, then the best by rank, then those carried."""
    ranks, ids = found.ranks, named.ids

    def order(row: int) -> tuple[int, str]:
        return -ranks.get(row, 0), ids[row]

    chosen: dict[int, None] = {}
    for rows in found.owners:
        chosen |= dict.fromkeys(sorted(rows, key=order)[:MAX_PER_DOMAIN])
    chosen |= dict.fromkeys(sorted(found.kept, key=order)[:LIMIT])
    chosen |= dict.fromkeys(named.rows[each] for each in found.carried if each in named.rows)
    return list(chosen)


def _corpus(asked: Keys, among: Sequence[Account], looked_up: _LookedUp, shares: Shares) -> Corpus:
    hosts = sorted(asked.domains | {each.domain for account in among for each in account.domains})
    held = [host for host in hosts if host in shares]
    return Corpus(
        accounts=looked_up.total,
        domain_accounts={host: shares[host][0] for host in held},
        domain_names={host: shares[host][1] for host in held},
        frequency={key: looked_up.counts[key] for key in sorted(asked.names)},
    )
