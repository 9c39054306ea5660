"""Accounts with those above them, as rules see them: for a whole batch in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from matching.types import AccountId
from routing.types.facts import AccountFacts, ProgramPlace, ProgramTier
from routing.types.people import RepId
from service.db.account_state import OWNER
from service.db.engagement import standing
from service.db.statements import Statement, as_json, as_moment

MAX_DEPTH = 10
"""Accounts above an account at most."""

_FAMILY = Statement(
    """
    WITH RECURSIVE chain AS (
        SELECT a.external_id AS asked, a.id, a.parent, 0 AS depth
        FROM {accounts} CROSS JOIN account a WHERE a.external_id = accounts.external_id
        UNION ALL
        SELECT chain.asked, a.id, a.parent, chain.depth + 1
        FROM chain JOIN account a ON a.external_id = chain.parent WHERE chain.depth < {:most}
    )
    SELECT chain.asked, a.id, a.external_id, a.name, a.country, a.state, a.city, a.lifecycle, a.segment,
           a.employees, a.custom, p.tier, p.group_name, p.segment, p.region, p.vertical, p.persona,
           p.starts, p.until
    FROM chain JOIN account a ON a.id = chain.id
    LEFT JOIN program_placement p ON p.account = a.external_id
    AND p.starts <= {:now} AND (p.until IS NULL OR p.until > {:now})
    ORDER BY chain.asked, chain.depth
    """,
    accounts={"external_id": "text"},
)

_HELD = Statement(
    """
    SELECT r.account_id, r.role, r.rep, r.starts FROM {accounts} CROSS JOIN account_role r
    WHERE r.account_id = accounts.id
    AND (r.starts IS NULL OR r.starts <= {:now}) AND (r.until IS NULL OR r.until > {:now})
    UNION ALL
    SELECT t.account_id, NULL, t.tier, t.starts FROM {accounts} CROSS JOIN account_tier t
    WHERE t.account_id = accounts.id
    AND (t.starts IS NULL OR t.starts <= {:now}) AND (t.until IS NULL OR t.until > {:now})
    """,
    accounts={"id": "bigint"},
)


def of(connection: Connection, wanted: Sequence[AccountId], now: datetime) -> dict[str, list[AccountFacts]]:
    """Each account with those above it, nearest first, and what signals say of each."""
    if not wanted:
        return {}
    rows = _FAMILY.read(connection, accounts=wanted, most=MAX_DEPTH, now=now)
    held: dict[int, list[Any]] = {}
    for row in _HELD.read(connection, accounts=sorted({row[1] for row in rows}), now=now):
        held.setdefault(row[0], []).append(row)
    families: dict[str, list[AccountFacts]] = {}
    for asked, row_id, *columns in rows:
        family = families.setdefault(asked, [])
        if all(member.id != columns[0] for member in family):  # parents may go in a circle
            family.append(_account(columns, held.get(row_id, ())))
    return _engaged(connection, families, now)


def _engaged(
    connection: Connection, families: Mapping[str, Sequence[AccountFacts]], now: datetime
) -> dict[str, list[AccountFacts]]:
    """The families with what signals say of each account."""
    wanted = {account.id for family in families.values() for account in family}
    found = standing.facts(connection, sorted(wanted), now)
    return {
        asked: [
            replace(account, engagement=found[account.id]) if account.id in found else account
            for account in family
        ]
        for asked, family in families.items()
    }


def _account(columns: Sequence[Any], held: Iterable[Sequence[Any]]) -> AccountFacts:
    external_id, name, country, state, city, lifecycle, segment, employees, custom, *place = columns
    roles = {role: (RepId(rep), as_moment(starts)) for _, role, rep, starts in held if role is not None}
    owner, since = roles.get(OWNER, (None, None))
    return AccountFacts(
        id=AccountId(external_id),
        name=name,
        country=country,
        state=state,
        city=city,
        lifecycle=lifecycle,
        tier=next((tier for _, role, tier, _ in held if role is None), None),
        segment=segment,
        employees=employees,
        owner=owner,
        owner_since=since,
        team={role: rep for role, (rep, _) in sorted(roles.items()) if role != OWNER},
        custom=as_json(custom),
        program=_place(*place),
    )


def _place(
    tier: str | None,
    group: str | None,
    segment: str | None,
    region: str | None,
    vertical: str | None,
    persona: str | None,
    starts: Any,
    until: Any,
) -> ProgramPlace | None:
    if tier is None:
        return None
    return ProgramPlace(
        tier=ProgramTier(tier),
        group=group,
        segment=segment,
        region=region,
        vertical=vertical,
        persona=persona,
        since=as_moment(starts),
        until=as_moment(until),
    )
