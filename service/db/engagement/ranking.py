"""Accounts by their score now, read from one number for each account and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from service.db.statements import Statement
from service.engagement.core.days import day_of
from service.program.core.settings import Engagement

_RANKED = Statement(
    """
    WITH scored AS (
        SELECT k.account, CAST(floor(1000 * sum(
            coalesce(kinds.points, {:other}) * k.value
            * power(0.5, CASE WHEN k.day < {:day} THEN {:day} - k.day ELSE 0 END / k.half_life)
        )) AS bigint) AS milli
        FROM signal_kind k LEFT JOIN {kinds} ON kinds.kind = k.kind GROUP BY k.account
    )
    SELECT s.account, s.milli, a.name, p.tier FROM scored s
    LEFT JOIN account a ON a.external_id = s.account
    LEFT JOIN program_placement p ON p.account = s.account
    AND p.starts <= {:now} AND (p.until IS NULL OR p.until > {:now})
    WHERE ({:tier} = '' OR p.tier = {:tier})
    AND ({:milli} < 0 OR s.milli < {:milli} OR (s.milli = {:milli} AND s.account > {:account}))
    ORDER BY s.milli DESC, s.account LIMIT {:limit}
    """,
    kinds={"kind": "text", "points": "double precision"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An account with its score now in thousandths of a point, and its tier in the program."""

    account: str
    milli: int
    name: str | None
    tier: ProgramTier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Where a page of the ranking begins: behind the account of this score."""

    milli: int
    account: str


def page(
    connection: Connection,
    settings: Engagement,
    now: datetime,
    *,
    tier: ProgramTier | None = None,
    behind: Behind | None = None,
    limit: int = 100,
) -> Sequence[Ranked]:
    """Accounts with signals, the highest score first, from behind one of them."""
    rows = _RANKED.run(
        connection,
        kinds=[(kind, rule.points) for kind, rule in sorted(settings.kinds.items())],
        other=settings.other.points,
        day=day_of(now),
        now=now,
        tier=tier.value if tier is not None else "",
        milli=behind.milli if behind is not None else -1,
        account=behind.account if behind is not None else "",
        limit=limit,
    )
    return [
        Ranked(account=account, milli=milli, name=name, tier=ProgramTier(tier) if tier else None)
        for account, milli, name, tier in rows
    ]
