"""Accounts as matching sees them, read in two steps: what orders them, then what hangs on some of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from matching.keys import CROWD
from matching.types import Account, AccountDomain, AccountId, AliasKind, DomainSource
from service.db.account_state import alias_kinds, one_each
from service.db.statements import Statement

_WHOLE = Statement(
    """
    WITH placed AS (
        SELECT a.id, tied.room, row_number() OVER (
            PARTITION BY tied.number ORDER BY a.external_id {by code point}
        ) AS place
        FROM {tied} CROSS JOIN account a WHERE a.id = tied.id
    ), taken AS (
        SELECT rows.id FROM {rows} UNION SELECT placed.id FROM placed WHERE placed.place <= placed.room
    ), held AS (
        SELECT d.account_id, d.domain, d.source, d.support, CAST(d.quarantined AS integer) AS quarantined
        FROM taken CROSS JOIN account_domain d WHERE d.account_id = taken.id
    ), named AS (
        SELECT domain FROM held UNION SELECT hosts.domain FROM {hosts}
    )
    SELECT a.id, 'account' AS part, a.external_id, a.name, 0, 0,
           a.country, a.state, a.city, a.phone, a.parent, a.lifecycle
    FROM taken CROSS JOIN account a WHERE a.id = taken.id
    UNION ALL
    SELECT account_id, 'domain', domain, source, support, quarantined, NULL, NULL, NULL, NULL, NULL, NULL
    FROM held
    UNION ALL
    SELECT n.account_id, 'alias', n.name, n.kind, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL
    FROM taken CROSS JOIN account_alias n WHERE n.account_id = taken.id
    UNION ALL
    SELECT t.account_id, 'tier', t.tier, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL
    FROM taken CROSS JOIN account_tier t WHERE t.account_id = taken.id
    AND (t.starts IS NULL OR t.starts <= {:now}) AND (t.until IS NULL OR t.until > {:now})
    UNION ALL
    SELECT 0, 'share', named.domain, (
        SELECT count(*) || ',' || count(DISTINCT few.name_key) FROM (
            SELECT DISTINCT d.account_id, d.name_key FROM account_domain d WHERE d.domain = named.domain
            LIMIT {:crowd}
        ) AS few
    ), 0, 0, NULL, NULL, NULL, NULL, NULL, NULL FROM named
    """,
    rows={"id": "bigint"},
    tied={"number": "bigint", "room": "bigint", "id": "bigint"},
    hosts={"domain": "text"},
)

Tied = tuple[int, int, int]
"""The number of a group, how many of it there is room for, and the row number of one account in it."""

Shares = Mapping[str, tuple[int, int]]
"""On how many accounts a domain is, and on how many unlike names; domains on none are left out."""


def whole(
    connection: Connection,
    rows: Collection[int],
    tied: Collection[Tied],
    hosts: Collection[str],
    now: datetime,
) -> tuple[dict[int, Account], Shares]:
    """Accounts by row number with their domains, aliases and tiers at ``now``; how shared their domains are.

    They are those of ``rows``, and of each group of ``tied`` those with the lowest ids, by code
    point, for whom there is room. ``hosts`` are further domains to say of how shared they are.
    """
    if not rows and not tied and not hosts:
        return {}, {}
    stored: list[tuple[Any, ...]] = []
    domains: dict[int, list[AccountDomain]] = {}
    aliases: dict[int, list[tuple[str, str]]] = {}
    tiers: dict[int, str] = {}
    shares: dict[str, tuple[int, int]] = {}
    for row, part, text, said, number, other, *rest in _WHOLE.read(
        connection, rows=sorted(rows), tied=sorted(tied), hosts=sorted(hosts), now=now, crowd=CROWD
    ):
        if part == "account":
            stored.append((row, text, said, rest))
        elif part == "domain":
            domain = AccountDomain(
                domain=text, source=DomainSource(said), support=number, quarantined=bool(other)
            )
            domains.setdefault(row, []).append(domain)
        elif part == "alias":
            aliases.setdefault(row, []).append((text, said))
        elif part == "tier":
            tiers[row] = text
        else:
            owners, names = map(int, said.split(","))
            if owners:
                shares[text] = owners, names if owners > 1 else 1
    accounts = {
        row: _account(
            AccountId(identity),
            name,
            rest,
            domains.get(row, []),
            sorted(aliases.get(row, ())),
            tiers.get(row),
        )
        for row, identity, name, rest in stored
    }
    return accounts, shares


def _account(
    identity: AccountId,
    name: str,
    plain: Sequence[Any],
    domains: list[AccountDomain],
    aliases: list[tuple[str, str]],
    tier: str | None,
) -> Account:
    country, state, city, phone, parent, lifecycle = plain
    return Account(
        id=identity,
        name=name,
        aliases=tuple([name for name, _ in aliases]),
        alias_kinds=alias_kinds([AliasKind(kind) for _, kind in aliases]),
        domains=one_each(domains) if len(domains) > 1 else tuple(domains),
        country=country,
        state=state,
        city=city,
        phone=phone,
        parent_id=parent,
        lifecycle=lifecycle,
        tier=tier,
    )
