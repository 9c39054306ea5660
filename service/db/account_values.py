"""Accounts as matching sees them, read in two steps: what orders them, then what hangs on some of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from matching.keys import CROWD
from matching.types import Account, AccountDomain, AccountId, AliasKind, DomainSource
from service.db.account_state import alias_kinds, one_each
from service.db.statements import Statement

_NAMED = Statement(
    """
    SELECT a.id, a.external_id, a.name, a.country, a.state, a.city, a.phone, a.parent, a.lifecycle
    FROM {rows} CROSS JOIN account a WHERE a.id = rows.id
    UNION ALL
    SELECT a.id, a.external_id, a.name, a.country, a.state, a.city, a.phone, a.parent, a.lifecycle
    FROM {carried} CROSS JOIN account a WHERE a.external_id = carried.external_id
    """,
    rows={"id": "bigint"},
    carried={"external_id": "text"},
)

_WHOLE = Statement(
    """
    WITH held AS (
        SELECT d.account_id, d.domain, d.source, d.support, CAST(d.quarantined AS integer) AS quarantined
        FROM {rows} CROSS JOIN account_domain d WHERE d.account_id = rows.id
    )
    SELECT account_id, 'domain' AS part, domain AS text, source, support, quarantined FROM held
    UNION ALL
    SELECT n.account_id, 'alias', n.name, n.kind, 0, 0
    FROM {rows} CROSS JOIN account_alias n WHERE n.account_id = rows.id
    UNION ALL
    SELECT t.account_id, 'tier', t.tier, NULL, 0, 0
    FROM {rows} CROSS JOIN account_tier t WHERE t.account_id = rows.id
    AND (t.starts IS NULL OR t.starts <= {:now}) AND (t.until IS NULL OR t.until > {:now})
    UNION ALL
    SELECT 0, 'share', named.domain, NULL, (
        SELECT count(*) FROM (
            SELECT DISTINCT d.account_id FROM account_domain d WHERE d.domain = named.domain LIMIT {:crowd}
        ) AS few
    ), (
        SELECT count(DISTINCT a.name_key) FROM (
            SELECT DISTINCT d.account_id FROM account_domain d WHERE d.domain = named.domain LIMIT {:crowd}
        ) AS few JOIN account a ON a.id = few.account_id
    ) FROM (SELECT domain FROM held UNION SELECT hosts.domain FROM {hosts}) AS named
    """,
    rows={"id": "bigint"},
    hosts={"domain": "text"},
)

Shares = Mapping[str, tuple[int, int]]
"""On how many accounts a domain is, and on how many unlike names; domains on none are left out."""


@dataclass(frozen=True, slots=True)
class Named:
    """Accounts by themselves, without what hangs on them. ``stored`` has their rows of the table."""

    stored: Mapping[int, Any]
    ids: Mapping[int, AccountId]
    rows: Mapping[AccountId, int]


def named(connection: Connection, rows: Collection[int], carried: Collection[AccountId]) -> Named:
    """The accounts of some rows, and of some ids as far as there are any."""
    if not rows and not carried:
        return Named({}, {}, {})
    found = {each[0]: each for each in _NAMED.run(connection, rows=sorted(rows), carried=sorted(carried))}
    ids = {row: AccountId(each[1]) for row, each in found.items()}
    return Named(found, ids, {each: row for row, each in ids.items()})


def whole(
    connection: Connection, among: Named, rows: Collection[int], hosts: Collection[str], now: datetime
) -> tuple[dict[int, Account], Shares]:
    """Some of the accounts with their domains, aliases and tiers at ``now``; how shared their domains are.

    ``hosts`` are further domains to say of how shared they are.
    """
    if not rows and not hosts:
        return {}, {}
    domains: dict[int, list[AccountDomain]] = {}
    aliases: dict[int, list[tuple[str, str]]] = {}
    tiers: dict[int, str] = {}
    shares: dict[str, tuple[int, int]] = {}
    for row, part, text, source, number, other in _WHOLE.run(
        connection, rows=sorted(rows), hosts=sorted(hosts), now=now, crowd=CROWD
    ):
        if part == "domain":
            domain = AccountDomain(
                domain=text, source=DomainSource(source), support=number, quarantined=bool(other)
            )
            domains.setdefault(row, []).append(domain)
        elif part == "share":
            if number:
                shares[text] = number, other if number > 1 else 1
        elif part == "alias":
            aliases.setdefault(row, []).append((text, source))
        else:
            tiers[row] = text
    accounts = {
        row: _account(among.stored[row], domains.get(row, []), sorted(aliases.get(row, ())), tiers.get(row))
        for row in rows
    }
    return accounts, shares


def _account(
    stored: Any, domains: list[AccountDomain], aliases: list[tuple[str, str]], tier: str | None
) -> Account:
    _, external_id, name, country, state, city, phone, parent, lifecycle = stored
    return Account(
        id=AccountId(external_id),
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
