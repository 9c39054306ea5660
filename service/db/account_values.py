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

_IDS = Statement(
    """
    SELECT a.id, a.external_id FROM {rows} CROSS JOIN account a WHERE a.id = rows.id
    UNION ALL
    SELECT a.id, a.external_id FROM {carried} CROSS JOIN account a WHERE a.external_id = carried.external_id
    """,
    rows={"id": "bigint"},
    carried={"external_id": "text"},
)

_WHOLE = Statement(
    """
    WITH held AS (
        SELECT d.account_id, d.domain, d.source, d.support, CAST(d.quarantined AS integer) AS quarantined
        FROM {rows} CROSS JOIN account_domain d WHERE d.account_id = rows.id
    ), named AS (
        SELECT domain FROM held UNION SELECT hosts.domain FROM {hosts}
    ), shared AS (
        SELECT domain, (
            SELECT count(*) FROM (
                SELECT DISTINCT d.account_id FROM account_domain d WHERE d.domain = named.domain
                LIMIT {:crowd}
            ) AS few
        ) AS accounts FROM named
    )
    SELECT a.id, 'account' AS part, a.name, a.country, 0, 0, a.state, a.city, a.phone, a.parent, a.lifecycle
    FROM {rows} CROSS JOIN account a WHERE a.id = rows.id
    UNION ALL
    SELECT account_id, 'domain', domain, source, support, quarantined, NULL, NULL, NULL, NULL, NULL FROM held
    UNION ALL
    SELECT n.account_id, 'alias', n.name, n.kind, 0, 0, NULL, NULL, NULL, NULL, NULL
    FROM {rows} CROSS JOIN account_alias n WHERE n.account_id = rows.id
    UNION ALL
    SELECT t.account_id, 'tier', t.tier, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL
    FROM {rows} CROSS JOIN account_tier t WHERE t.account_id = rows.id
    AND (t.starts IS NULL OR t.starts <= {:now}) AND (t.until IS NULL OR t.until > {:now})
    UNION ALL
    SELECT 0, 'share', shared.domain, NULL, shared.accounts, CASE WHEN shared.accounts > 1 THEN (
        SELECT count(DISTINCT a.name_key) FROM (
            SELECT DISTINCT d.account_id FROM account_domain d WHERE d.domain = shared.domain LIMIT {:crowd}
        ) AS few JOIN account a ON a.id = few.account_id
    ) ELSE 1 END, NULL, NULL, NULL, NULL, NULL FROM shared
    """,
    rows={"id": "bigint"},
    hosts={"domain": "text"},
)

Shares = Mapping[str, tuple[int, int]]
"""On how many accounts a domain is, and on how many unlike names; domains on none are left out."""


@dataclass(frozen=True, slots=True)
class Named:
    """Accounts by their row numbers, and back."""

    ids: Mapping[int, AccountId]
    rows: Mapping[AccountId, int]


def named(connection: Connection, rows: Collection[int], carried: Collection[AccountId]) -> Named:
    """The accounts of some rows, and of some ids as far as there are any."""
    if not rows and not carried:
        return Named({}, {})
    found = _IDS.run(connection, rows=sorted(rows), carried=sorted(carried))
    return Named({row: AccountId(each) for row, each in found}, {AccountId(each): row for row, each in found})


def whole(
    connection: Connection, among: Named, rows: Collection[int], hosts: Collection[str], now: datetime
) -> tuple[dict[int, Account], Shares]:
    """Some of the accounts with their domains, aliases and tiers at ``now``; how shared their domains are.

    ``hosts`` are further domains to say of how shared they are.
    """
    if not rows and not hosts:
        return {}, {}
    stored: dict[int, Any] = {}
    domains: dict[int, list[AccountDomain]] = {}
    aliases: dict[int, list[tuple[str, str]]] = {}
    tiers: dict[int, str] = {}
    shares: dict[str, tuple[int, int]] = {}
    for row, part, text, said, number, other, *rest in _WHOLE.run(
        connection, rows=sorted(rows), hosts=sorted(hosts), now=now, crowd=CROWD
    ):
        if part == "account":
            stored[row] = text, said, *rest
        elif part == "domain":
            source, quarantined = DomainSource(said), bool(other)
            domain = AccountDomain(domain=text, source=source, support=number, quarantined=quarantined)
            domains.setdefault(row, []).append(domain)
        elif part == "alias":
            aliases.setdefault(row, []).append((text, said))
        elif part == "tier":
            tiers[row] = text
        elif number:
            shares[text] = number, other
    accounts = {
        row: _account(
            among.ids[row], each, domains.get(row, []), sorted(aliases.get(row, ())), tiers.get(row)
        )
        for row, each in stored.items()
    }
    return accounts, shares


def _account(
    identity: AccountId,
    stored: Any,
    domains: list[AccountDomain],
    aliases: list[tuple[str, str]],
    tier: str | None,
) -> Account:
    name, country, state, city, phone, parent, lifecycle = stored
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
