"""Which accounts carry keys, own domains and have ids: what is asked first of a batch of contacts.

The accounts behind a key come as one value: to hand over a row for each costs
the databases more than all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import Connection

from matching.keys import CROWD, HOT_LIMIT
from matching.types import AccountId, Keys
from service.db.statements import Statement, as_numbers

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
    SELECT a.id, a.external_id, NULL, NULL FROM {carried} CROSS JOIN account a
    WHERE a.external_id = carried.external_id
    UNION ALL
    SELECT NULL, NULL, accounts, NULL FROM corpus
    """,
    keys={"key": "bigint"},
    hosts={"domain": "text"},
    carried={"external_id": "text"},
)

_OF_CROWD = Statement(
    """
    SELECT DISTINCT asked.domain, d.account_id FROM {asked} CROSS JOIN account_domain d
    WHERE d.account_id = asked.account_id AND d.domain = asked.domain
    """,
    asked={"domain": "text", "account_id": "bigint"},
)

Rows = Sequence[int]
"""Row numbers of accounts."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Which accounts carry a batch's keys and own its domains, among ``total`` accounts.

    ``counts`` tells on how many accounts each key is, 0 included; ``carriers``
    which they are where the key retrieves; ``owners`` those of each domain, at most `CROWD`;
    ``carried`` those of the ids that contacts carry, as far as there are any.
    """

    total: int
    counts: Mapping[int, int]
    carriers: Mapping[int, Rows]
    owners: Mapping[str, Rows]
    carried: Mapping[AccountId, int]


def look_up(connection: Connection, keys: Sequence[Keys], carried: AbstractSet[AccountId]) -> LookedUp:
    """What is found by the keys of a batch, and the accounts of the ids that its contacts carry."""
    wanted = sorted({key for each in keys for key in each.names})
    hosts = sorted({host for each in keys for host in each.domains})
    total, counts, carriers, owners, rows_of = 0, {}, {}, {}, {}
    for key, text, count, listed in _LOOKED_UP.read(
        connection, keys=wanted, hosts=hosts, carried=sorted(carried), most=HOT_LIMIT + 1, crowd=CROWD
    ):
        if text is None and key is None:
            total = count
        elif text is None:
            rows = as_numbers(listed)
            counts[key] = len(rows) if count is None else count
            if 0 < counts[key] <= HOT_LIMIT:
                carriers[key] = rows
        elif key is None:
            owners[text] = as_numbers(listed)
        else:
            rows_of[AccountId(text)] = key
    return LookedUp(total, counts, carriers, owners, rows_of)


def of_crowd(
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
    return frozenset(map(tuple, _OF_CROWD.read(connection, asked=sorted(asked))))
