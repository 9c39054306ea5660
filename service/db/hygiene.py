"""What is wrong with the accounts, found by their stored keys: set by set, never account by account.

Each query reads an index in its order from behind a place and stops at a
limit, so a page costs what it shows, however many accounts there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from matching.sites import part_of, site_of
from matching.types import AccountDomain, AccountId, DomainSource
from service.db.statements import Statement

SHOWN = 20
"""Accounts of one finding that are listed; all of them are counted."""

_NAMES = Statement(
    """
    SELECT a.name_key FROM account a WHERE a.name_key > {:after}
    GROUP BY a.name_key HAVING count(*) > 1 ORDER BY a.name_key LIMIT {:limit}
    """
)

_NAMED = Statement(
    """
    SELECT external_id, name, country, name_key, carriers FROM (
        SELECT a.external_id, a.name, a.country, a.name_key,
               count(*) OVER (PARTITION BY a.name_key, a.country) AS carriers,
               row_number() OVER (PARTITION BY a.name_key, a.country ORDER BY a.id) AS place
        FROM {names} CROSS JOIN account a WHERE a.name_key = names.name_key
    ) AS named
    WHERE carriers > 1 AND place <= {:most} ORDER BY name_key, country, place
    """,
    names={"name_key": "bigint"},
)

_DOMAINS = Statement(
    """
    SELECT d.domain FROM account_domain d WHERE d.domain > {:after} AND NOT d.quarantined
    GROUP BY d.domain HAVING count(DISTINCT d.account_id) > {:most} ORDER BY d.domain LIMIT {:limit}
    """
)

_OWNED = Statement(
    """
    SELECT d.domain FROM account_domain d WHERE d.domain > {:after} AND d.source <> 'contact'
    GROUP BY d.domain HAVING count(DISTINCT d.account_id) > 1 ORDER BY d.domain LIMIT {:limit}
    """
)

_ON_DOMAINS = Statement(
    """
    SELECT external_id, name, country, name_key, domain, carriers, website, best FROM (
        SELECT a.external_id, a.name, a.country, a.name_key, held.domain,
               a.website, held.best,
               count(*) OVER (PARTITION BY held.domain) AS carriers,
               row_number() OVER (PARTITION BY held.domain ORDER BY a.id) AS place
        FROM (
            SELECT d.domain, d.account_id, min(CASE d.source WHEN 'person' THEN '0' WHEN 'website' THEN '1'
                       WHEN 'given' THEN '2' WHEN 'contact' THEN '4' ELSE '3' END || coalesce(d.part, ''))
                       AS best
            FROM {hosts} CROSS JOIN account_domain d
            WHERE d.domain = hosts.domain AND NOT d.quarantined GROUP BY d.domain, d.account_id
        ) AS held CROSS JOIN account a WHERE a.id = held.account_id
    ) AS found
    WHERE place <= {:most} ORDER BY domain, place
    """,
    hosts={"domain": "text"},
)

_UNLIKE = Statement(
    """
    SELECT hosts.domain, (
        SELECT count(DISTINCT a.name_key) FROM account_domain d JOIN account a ON a.id = d.account_id
        WHERE d.domain = hosts.domain AND NOT d.quarantined
    ) FROM {hosts}
    """,
    hosts={"domain": "text"},
)

_WITHOUT = Statement(
    """
    SELECT a.id, a.external_id, a.name, a.country FROM account a
    WHERE a.id > {:after} AND NOT EXISTS (
        SELECT 1 FROM account_domain d WHERE d.account_id = a.id AND NOT d.quarantined
    ) ORDER BY a.id LIMIT {:limit}
    """
)

_WAITING = Statement(
    """
    SELECT a.id, a.external_id, a.name, a.country, d.domain, d.support
    FROM account_domain d JOIN account a ON a.id = d.account_id
    WHERE d.quarantined AND d.domain >= {:domain} AND (d.domain > {:domain} OR d.account_id > {:account})
    ORDER BY d.domain, d.account_id LIMIT {:limit}
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An account, as far as it tells it from others."""

    external_id: AccountId
    name: str
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Accounts that share something: the first `SHOWN` of ``carriers``, in the order they were stored.

    ``keys`` are their name keys; accounts with the same are called the same.
    """

    carriers: int
    accounts: tuple[Listed, ...]
    keys: tuple[int | None, ...]


def repeated_names(connection: Connection, after: int, limit: int) -> list[int]:
    """Name keys from behind ``after`` that more than one account has."""
    return [row[0] for row in _NAMES.run(connection, after=after, limit=limit)]


def namesakes(connection: Connection, names: Sequence[int]) -> list[Group]:
    """The accounts of each of these names in one country, where they are several."""
    rows = _NAMED.run(connection, names=list(names), most=SHOWN) if names else ()
    found: dict[tuple[int, str | None], list[Any]] = {}
    for row in rows:
        found.setdefault((row[3], row[2]), []).append(row)
    return [_group(members, members[0][4]) for members in found.values()]


def shared_domains(connection: Connection, after: str, limit: int, *, most: int = 1) -> list[str]:
    """Domains from behind ``after`` that are on more than ``most`` accounts."""
    return [row[0] for row in _DOMAINS.run(connection, after=after, limit=limit, most=most)]


def owned_domains(connection: Connection, after: str, limit: int) -> list[str]:
    """Domains from behind ``after`` that several accounts have, by more than what their contacts wrote."""
    return [row[0] for row in _OWNED.run(connection, after=after, limit=limit)]


def on_domains(connection: Connection, domains: Sequence[str], most: int = SHOWN) -> dict[str, Group]:
    """The accounts on each domain, at most ``most`` of each."""
    return {domain: _group(rows, rows[0][5]) for domain, rows in _on(connection, domains, most).items()}


def sharing(connection: Connection, domains: Sequence[str], most: int = SHOWN) -> dict[str, Group]:
    """The accounts on each domain, but for those that have a part of it to themselves.

    Where that leaves one or none, nobody shares the domain.
    """
    found = {}
    for domain, rows in _on(connection, domains, most).items():
        parts = [_part(domain, row[6], row[7]) for row in rows]
        kept = [row for row, part in zip(rows, parts, strict=True) if part is None or parts.count(part) > 1]
        carriers = rows[0][5] - (len(rows) - len(kept))
        if carriers > 1 and kept:
            found[domain] = _group(kept, carriers)
    return found


def _part(domain: str, website: str | None, best: str) -> str | None:
    """The part that an account has of a domain. ``best``: the trust in who tells most surely, and which."""
    source = DomainSource.PERSON if best[0] == "0" else DomainSource.GIVEN
    held = AccountDomain(domain=domain, source=source, part=best[1:] or None)
    return part_of(held, site_of(website) if website else None)


def _on(connection: Connection, domains: Sequence[str], most: int) -> dict[str, list[Any]]:
    rows = _ON_DOMAINS.run(connection, hosts=list(domains), most=most) if domains else ()
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row[4], []).append(row)
    return found


def unlike_names(connection: Connection, domains: Sequence[str]) -> dict[str, int]:
    """How many different company names are on each domain."""
    return dict(_UNLIKE.run(connection, hosts=list(domains))) if domains else {}


def without_domain(connection: Connection, after: int, limit: int) -> list[tuple[int, Listed]]:
    """Accounts from behind the row ``after`` that have no domain that counts, with their rows."""
    rows = _WITHOUT.run(connection, after=after, limit=limit)
    return [(row[0], _listed(row[1:])) for row in rows]


def quarantined(
    connection: Connection, after: tuple[str, int], limit: int
) -> list[tuple[tuple[str, int], Listed, int]]:
    """Learned domains that do not count yet: place (domain, account row), account, contacts that back it."""
    domain, account = after
    rows = _WAITING.run(connection, domain=domain, account=account, limit=limit)
    return [((row[4], row[0]), _listed(row[1:]), row[5]) for row in rows]


def _group(rows: Sequence[Any], carriers: int) -> Group:
    return Group(
        carriers=carriers,
        accounts=tuple(_listed(row) for row in rows),
        keys=tuple(row[3] for row in rows),
    )


def _listed(row: Sequence[Any]) -> Listed:
    return Listed(external_id=AccountId(row[0]), name=row[1], country=row[2])
