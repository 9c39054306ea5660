"""Which accounts a contact may belong to: the semantics of `matching.keys`, read for a whole batch at once.

Two statements, however many contacts: which accounts carry the keys and own
the domains, which are ranked here; and what hangs on those chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from matching.keys import CROWD, LIMIT, MAX_PER_DOMAIN, NEAR, keys_of_contacts, worth
from matching.types import Account, AccountId, Considered, Corpus, Keys, NormalizedContact, Remembered
from service.db import account_values
from service.db.account_values import Shares
from service.db.carriers import LookedUp, Rows, look_up, of_crowd

_SHARED_BITS = 16
"""Of a rank: an account's worth stands above the number of keys it shares, so that one number orders."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Accounts that one domain or their rank retrieves: those of ``sure``, and ``room`` many of ``tied``.

    The tied are equal in rank; those with the lowest ids are taken.
    """

    sure: Rows
    tied: Rows = ()
    room: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for one contact: the rank of every account that shares a key, and what retrieves.

    ``groups`` are those of its domains and those kept by rank, in order; ``carried`` the accounts it carries.
    """

    ranks: Mapping[int, int]
    groups: Sequence[_Group]
    carried: Rows


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
    carried = [_carried(contact, said) for contact, said in zip(contacts, remembered, strict=True)]
    looked_up = look_up(connection, keys, {each for some in carried for each in some})
    found = _find(connection, keys, carried, looked_up)
    sure = {row for each in found for group in each.groups for row in group.sure}
    sure |= {row for each in found for row in each.carried}
    groups = [group for each in found for group in each.groups if group.tied]
    tied = [(number, group.room, row) for number, group in enumerate(groups) for row in group.tied]
    accounts, shares = account_values.whole(connection, sure, tied, looked_up.owners.keys(), now)
    return [
        Considered(
            accounts=(among := _chosen(each, accounts)),
            corpus=_corpus(asked, among, looked_up, shares),
            remembered=said,
        )
        for asked, each, said in zip(keys, found, remembered, strict=True)
    ]


def _carried(contact: NormalizedContact, said: Sequence[Remembered]) -> list[AccountId]:
    """Return the account that the contact carries, and those that people spoke of."""
    return [each for each in dict.fromkeys((contact.account_id, *[item.account_id for item in said])) if each]


def _find(
    connection: Connection,
    keys: Sequence[Keys],
    carried: Sequence[Sequence[AccountId]],
    looked_up: LookedUp,
) -> list[_Found]:
    ranks = [_ranked(each.names, looked_up) for each in keys]
    crowded = {host for host, rows in looked_up.owners.items() if len(rows) >= CROWD}
    sharing = of_crowd(connection, crowded, keys, ranks) if crowded else frozenset()
    found = []
    for each, held, some in zip(keys, ranks, carried, strict=True):
        owners = [
            [row for row in held if (host, row) in sharing] if host in crowded else looked_up.owners[host]
            for host in sorted(each.domains)
        ]
        groups = [*[_group(rows, held, MAX_PER_DOMAIN) for rows in owners], _group(_near(held), held, LIMIT)]
        rows = [looked_up.carried[account_id] for account_id in some if account_id in looked_up.carried]
        found.append(_Found(held, groups, rows))
    return found


def _ranked(names: Iterable[int], looked_up: LookedUp) -> dict[int, int]:
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


def _near(ranks: Mapping[int, int]) -> Rows:
    """Return the accounts whose worth is a share of `NEAR` of the best one's at least."""
    if not ranks:
        return ()
    least = -(-(max(ranks.values()) >> _SHARED_BITS) // NEAR) << _SHARED_BITS
    return [row for row, rank in ranks.items() if rank >= least]


def _group(rows: Rows, ranks: Mapping[int, int], most: int) -> _Group:
    """Return which are the best of some accounts, ``most`` at most."""
    if len(rows) <= most:
        return _Group(rows)
    held = [ranks.get(row, 0) for row in rows]
    last = sorted(held, reverse=True)[most - 1]
    sure = [row for row, rank in zip(rows, held, strict=True) if rank > last]
    tied = [row for row, rank in zip(rows, held, strict=True) if rank == last]
    if len(sure) + len(tied) == most:
        return _Group([*sure, *tied])
    return _Group(sure, tied, most - len(sure))


def _chosen(found: _Found, accounts: Mapping[int, Account]) -> tuple[Account, ...]:
    """Return the accounts to consider, best first: owners, then the best by rank, then those carried.

    ``accounts`` are those that were read, for whatever contact; who went meanwhile is not among them.
    """
    ranks = found.ranks

    def order(row: int) -> tuple[int, AccountId]:
        return -ranks.get(row, 0), accounts[row].id

    chosen: dict[int, None] = {}
    for group in found.groups:
        chosen |= dict.fromkeys(sorted([row for row in group.sure if row in accounts], key=order))
        chosen |= dict.fromkeys(
            sorted([row for row in group.tied if row in accounts], key=order)[: group.room]
        )
    chosen |= dict.fromkeys([row for row in found.carried if row in accounts])
    return tuple([accounts[row] for row in chosen])


def _corpus(asked: Keys, among: Sequence[Account], looked_up: LookedUp, shares: Shares) -> Corpus:
    hosts = sorted(asked.domains | {each.domain for account in among for each in account.domains})
    held = [host for host in hosts if host in shares]
    return Corpus(
        accounts=looked_up.total,
        domain_accounts={host: shares[host][0] for host in held},
        domain_names={host: shares[host][1] for host in held},
        frequency={key: looked_up.counts[key] for key in sorted(asked.names)},
    )
