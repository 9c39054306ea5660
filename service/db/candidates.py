"""Which accounts a contact may belong to: the semantics of `matching.keys`, read for a whole batch at once.

A fixed number of statements, however many contacts: how common the keys are;
the best by rank and the owners of the domains; the accounts themselves, with
their domains, aliases and tiers; how many accounts share each domain. They go
to the driver as they are: this is the read on every contact's way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from matching.keys import CROWD, HOT_LIMIT, LIMIT, MAX_PER_DOMAIN, NEAR, contact_keys, worth
from matching.types import (
    Account,
    AccountDomain,
    AccountId,
    AliasKind,
    Considered,
    Corpus,
    DomainSource,
    Keys,
    NormalizedContact,
    Remembered,
)
from service.db.account_state import alias_kinds, one_each
from service.db.statements import Statement

_COMMON = Statement(
    """
    SELECT keys.key, NULL AS domain, coalesce(h.accounts, (
        SELECT count(*) FROM (SELECT 1 FROM account_key p WHERE p.key = keys.key LIMIT {:most}) AS few
    )) FROM {keys} LEFT JOIN hot_key h ON h.key = keys.key
    UNION ALL
    SELECT NULL, hosts.domain, (
        SELECT count(*) FROM (
            SELECT DISTINCT d.account_id FROM account_domain d WHERE d.domain = hosts.domain LIMIT {:crowd}
        ) AS few
    ) FROM {hosts}
    UNION ALL
    SELECT NULL, NULL, accounts FROM corpus
    """,
    keys={"key": "bigint"},
    hosts={"domain": "text"},
)

_FOUND = Statement(
    """
    WITH ranked AS (
        SELECT asked.contact, p.account_id, CAST(sum(asked.worth) AS bigint) AS worth, count(*) AS shared
        FROM {asked} CROSS JOIN account_key p WHERE p.key = asked.key
        GROUP BY asked.contact, p.account_id
    ), placed AS (
        SELECT contact, account_id, worth, shared, max(worth) OVER (PARTITION BY contact) AS highest,
               rank() OVER (PARTITION BY contact ORDER BY worth DESC, shared DESC) AS place
        FROM ranked
    ), owner AS (
        SELECT DISTINCT hosts.contact, hosts.domain, hosts.crowded, d.account_id
        FROM {hosts} CROSS JOIN account_domain d WHERE d.domain = hosts.domain
    )
    SELECT contact, account_id, worth, shared, NULL AS domain, 0 AS carried FROM placed
    WHERE place <= {:most} AND worth * {:near} >= highest
    UNION ALL
    SELECT owner.contact, owner.account_id, coalesce(ranked.worth, 0), coalesce(ranked.shared, 0),
           owner.domain, 0
    FROM owner LEFT JOIN ranked ON ranked.contact = owner.contact AND ranked.account_id = owner.account_id
    WHERE owner.crowded = 0 OR ranked.account_id IS NOT NULL
    UNION ALL
    SELECT carried.contact, a.id, 0, 0, NULL, 1
    FROM {carried} CROSS JOIN account a WHERE a.external_id = carried.external_id
    """,
    asked={"contact": "bigint", "key": "bigint", "worth": "bigint"},
    hosts={"contact": "bigint", "domain": "text", "crowded": "bigint"},
    carried={"contact": "bigint", "external_id": "text"},
)

_ACCOUNTS = Statement(
    """
    SELECT a.id, a.external_id, a.name, a.country, a.state, a.city, a.phone, a.parent, a.lifecycle
    FROM {accounts} CROSS JOIN account a WHERE a.id = accounts.id
    """,
    accounts={"id": "bigint"},
)

_PARTS = Statement(
    """
    SELECT d.account_id, 'domain' AS part, d.domain AS text, d.source, d.support,
           CAST(d.quarantined AS integer) AS quarantined
    FROM {accounts} CROSS JOIN account_domain d WHERE d.account_id = accounts.id
    UNION ALL
    SELECT n.account_id, 'alias', n.name, n.kind, 0, 0
    FROM {accounts} CROSS JOIN account_alias n WHERE n.account_id = accounts.id
    UNION ALL
    SELECT t.account_id, 'tier', t.tier, NULL, 0, 0
    FROM {accounts} CROSS JOIN account_tier t WHERE t.account_id = accounts.id
    AND (t.starts IS NULL OR t.starts <= {:now}) AND (t.until IS NULL OR t.until > {:now})
    """,
    accounts={"id": "bigint"},
)

_SHARING = Statement(
    """
    SELECT hosts.domain, (
        SELECT count(*) FROM (
            SELECT DISTINCT d.account_id FROM account_domain d WHERE d.domain = hosts.domain LIMIT {:crowd}
        ) AS few
    ) FROM {hosts}
    """,
    hosts={"domain": "text"},
)

_UNLIKE = Statement(
    """
    SELECT hosts.domain, (
        SELECT count(DISTINCT a.name_key) FROM (
            SELECT DISTINCT d.account_id FROM account_domain d WHERE d.domain = hosts.domain LIMIT {:crowd}
        ) AS few JOIN account a ON a.id = few.account_id
    ) FROM {hosts}
    """,
    hosts={"domain": "text"},
)


@dataclass(frozen=True, slots=True)
class _Common:
    """How common the batch's keys and the contacts' domains are among ``total`` accounts."""

    total: int
    keys: Mapping[int, int]
    domains: Mapping[str, int]


@dataclass(slots=True)
class _Found:
    """The rows found for one contact: account row, worth and shared keys."""

    ranked: list[tuple[int, int, int]] = field(default_factory=list)
    owners: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    carried: list[int] = field(default_factory=list)

    def rows(self) -> Iterable[int]:
        yield from (row for row, _, _ in self.ranked)
        yield from (row for owners in self.owners.values() for row, _, _ in owners)
        yield from self.carried


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
    keys = [contact_keys(contact) for contact in contacts]
    common = _how_common(connection, keys)
    carried = [
        (place, account)
        for place, (contact, said) in enumerate(zip(contacts, remembered, strict=True))
        for account in dict.fromkeys((contact.account_id, *(item.account_id for item in said)))
        if account
    ]
    found = _find(connection, contacts, keys, common, carried)
    accounts = _read(connection, sorted({row for each in found for row in each.rows()}), now)
    chosen = [_choose(each, accounts) for each in found]
    held = _how_shared(connection, common, (account for each in chosen for account in each))
    names = _how_unlike(connection, held)
    return [
        Considered(accounts=among, corpus=_corpus(asked, among, common, held, names), remembered=said)
        for asked, among, said in zip(keys, chosen, remembered, strict=True)
    ]


def _how_common(connection: Connection, keys: Sequence[Keys]) -> _Common:
    wanted = sorted({key for each in keys for key in each.names})
    hosts = sorted({host for each in keys for host in each.domains})
    rows = _COMMON.run(connection, keys=wanted, hosts=hosts, most=HOT_LIMIT + 1, crowd=CROWD)
    return _Common(
        total=next((count for key, host, count in rows if key is None and host is None), 0),
        keys={key: count for key, _, count in rows if key is not None},
        domains={host: count for _, host, count in rows if host is not None},
    )


def _find(
    connection: Connection,
    contacts: Sequence[NormalizedContact],
    keys: Sequence[Keys],
    common: _Common,
    carried: Sequence[tuple[int, AccountId]],
) -> list[_Found]:
    worths = {key: worth(common.total, count) for key, count in common.keys.items() if 0 < count <= HOT_LIMIT}
    asked = [
        (place, key, worths[key]) for place, each in enumerate(keys) for key in each.names if key in worths
    ]
    hosts = [
        (place, host, int(common.domains[host] >= CROWD))
        for place, each in enumerate(keys)
        for host in each.domains
        if common.domains[host]
    ]
    found = [_Found() for _ in contacts]
    if not asked and not hosts and not carried:
        return found
    rows = _FOUND.run(connection, asked=asked, hosts=hosts, carried=carried, most=LIMIT, near=NEAR)
    for place, row, value, shared, host, was_carried in rows:
        if was_carried:
            found[place].carried.append(row)
        elif host is None:
            found[place].ranked.append((row, value, shared))
        else:
            found[place].owners.setdefault(host, []).append((row, value, shared))
    return found


def _read(connection: Connection, rows: Sequence[int], now: datetime) -> dict[int, Account]:
    if not rows:
        return {}
    domains: dict[int, list[AccountDomain]] = {}
    aliases: dict[int, list[tuple[str, str]]] = {}
    tiers: dict[int, str] = {}
    for row, part, text, source, support, quarantined in _PARTS.run(connection, accounts=rows, now=now):
        if part == "domain":
            domains.setdefault(row, []).append(
                AccountDomain(
                    domain=text,
                    source=DomainSource(source),
                    support=support,
                    quarantined=bool(quarantined),
                )
            )
        elif part == "alias":
            aliases.setdefault(row, []).append((text, source))
        else:
            tiers[row] = text
    return {
        each[0]: _account(
            each, domains.get(each[0], []), sorted(aliases.get(each[0], ())), tiers.get(each[0])
        )
        for each in _ACCOUNTS.run(connection, accounts=rows)
    }


def _account(
    row: Any, domains: list[AccountDomain], aliases: list[tuple[str, str]], tier: str | None
) -> Account:
    _, external_id, name, country, state, city, phone, parent, lifecycle = row
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


def _choose(found: _Found, accounts: Mapping[int, Account]) -> tuple[Account, ...]:
    def order(each: tuple[int, int, int]) -> tuple[int, int, str]:
        row, value, shared = each
        return -value, -shared, accounts[row].id

    chosen: dict[int, None] = {}
    for host in sorted(found.owners):
        best = sorted(found.owners[host], key=order)[:MAX_PER_DOMAIN]
        chosen |= dict.fromkeys(row for row, _, _ in best)
    chosen |= dict.fromkeys(row for row, _, _ in sorted(found.ranked, key=order)[:LIMIT])
    chosen |= dict.fromkeys(found.carried)
    return tuple(accounts[row] for row in chosen)


def _how_shared(connection: Connection, common: _Common, accounts: Iterable[Account]) -> dict[str, int]:
    """On how many accounts each domain of the contacts and of these accounts is; those on none left out."""
    missing = sorted(
        {each.domain for account in accounts for each in account.domains} - common.domains.keys()
    )
    counted = dict(_SHARING.run(connection, hosts=missing, crowd=CROWD)) if missing else {}
    return {host: count for host, count in {**common.domains, **counted}.items() if count}


def _how_unlike(connection: Connection, held: Mapping[str, int]) -> dict[str, int]:
    """How many unlike names are on each domain that several accounts share."""
    shared = sorted(host for host, count in held.items() if count > 1)
    return dict(_UNLIKE.run(connection, hosts=shared, crowd=CROWD)) if shared else {}


def _corpus(
    asked: Keys,
    among: Sequence[Account],
    common: _Common,
    held: Mapping[str, int],
    names: Mapping[str, int],
) -> Corpus:
    hosts = sorted(asked.domains | {each.domain for account in among for each in account.domains})
    return Corpus(
        accounts=common.total,
        domain_accounts={host: held[host] for host in hosts if host in held},
        domain_names={host: names.get(host, 1) for host in hosts if host in held},
        frequency={key: common.keys[key] for key in sorted(asked.names)},
    )
