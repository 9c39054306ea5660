"""Accounts as matching sees them, read in two steps: what orders them, then what hangs on some of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from matching.keys import CROWD
from matching.sites import site_of
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
        SELECT d.account_id, d.domain, d.source, d.support, CAST(d.quarantined AS integer) AS quarantined,
               d.part
        FROM taken CROSS JOIN account_domain d WHERE d.account_id = taken.id
    ), named AS (
        SELECT domain FROM held UNION SELECT hosts.domain FROM {hosts}
    )
    SELECT a.id, 'account' AS part, a.external_id, a.name, 0, 0,
           a.country, a.state, a.city, a.phone, a.parent, a.lifecycle, a.website
    FROM taken CROSS JOIN account a WHERE a.id = taken.id
    UNION ALL
    SELECT account_id, 'domain', domain, source, support, quarantined,
           part, NULL, NULL, NULL, NULL, NULL, NULL
    FROM held
    UNION ALL
    SELECT n.account_id, 'alias', n.name, n.kind, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM taken CROSS JOIN account_alias n WHERE n.account_id = taken.id
    UNION ALL
    SELECT t.account_id, 'tier', t.tier, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM taken CROSS JOIN account_tier t WHERE t.account_id = taken.id
    AND (t.starts IS NULL OR t.starts <= {:now}) AND (t.until IS NULL OR t.until > {:now})
    UNION ALL
    SELECT 0, 'share', named.domain, (
        SELECT count(*) || ',' || count(DISTINCT few.name_key) FROM (
            SELECT DISTINCT d.account_id, d.name_key FROM account_domain d WHERE d.domain = named.domain
            LIMIT {:crowd}
        ) AS few
    ), 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM named
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
    parts: dict[str, list[Any]] = {part: [] for part in ("account", "domain", "alias", "tier", "share")}
    for each in _WHOLE.read(
        connection, rows=sorted(rows), tied=sorted(tied), hosts=sorted(hosts), now=now, crowd=CROWD
    ):
        parts[each[1]].append(each)
    return _accounts(parts), _shares(parts["share"])


def _accounts(parts: Mapping[str, Sequence[Any]]) -> dict[int, Account]:
    """Accounts by row number, of the rows of each part."""
    domains: dict[int, list[AccountDomain]] = {}
    for row, _, host, source, support, quarantined, part, *_ in parts["domain"]:
        domain = AccountDomain(
            domain=host,
            source=DomainSource(source),
            support=support,
            quarantined=bool(quarantined),
            part=part,
        )
        domains.setdefault(row, []).append(domain)
    aliases: dict[int, list[tuple[str, AliasKind]]] = {}
    for row, _, name, kind, *_ in sorted(parts["alias"]):
        aliases.setdefault(row, []).append((name, AliasKind(kind)))
    tiers = {row: tier for row, _, tier, *_ in parts["tier"]}
    return {
        each[0]: _account(each, domains.get(each[0], ()), aliases.get(each[0], ()), tiers.get(each[0]))
        for each in parts["account"]
    }


def _account(
    row: Sequence[Any],
    held: Sequence[AccountDomain],
    called: Sequence[tuple[str, AliasKind]],
    tier: str | None,
) -> Account:
    _, _, identity, name, _, _, country, state, city, phone, parent, lifecycle, website = row
    return Account(
        id=AccountId(identity),
        name=name,
        aliases=tuple([alias for alias, _ in called]),
        alias_kinds=alias_kinds([kind for _, kind in called]) if called else (),
        domains=one_each(held) if len(held) > 1 else tuple(held),
        site=site_of(website) if website else None,
        country=country,
        state=state,
        city=city,
        phone=phone,
        parent_id=parent,
        lifecycle=lifecycle,
        tier=tier,
    )


def _shares(rows: Sequence[Any]) -> Shares:
    counted = {host: tuple(map(int, said.split(","))) for _, _, host, said, *_ in rows}
    return {host: (owners, names if owners > 1 else 1) for host, (owners, names) in counted.items() if owners}
