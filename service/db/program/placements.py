"""Accounts in tiers, from when until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from routing.types.facts import ProgramTier
from service.db.tables import account as accounts
from service.db.tables import program_placement as table
from service.program.core.tiers import Group, Placement, Timeline

_PARTS = ("segment", "region", "vertical", "persona")


def timeline(connection: Connection, account: str) -> Timeline:
    """The placements of an account, the first to begin first."""
    return timelines(connection, [account]).get(account, ())


def timelines(connection: Connection, wanted: Sequence[str]) -> dict[str, Timeline]:
    """The placements of accounts; an account without any is left out."""
    query = select(table).where(table.c.account.in_(sorted(wanted)))
    found: dict[str, list[Placement]] = defaultdict(list)
    for row in connection.execute(query.order_by(table.c.account, table.c.starts)):
        found[row.account].append(_placement(row))
    return {account: tuple(spans) for account, spans in found.items()}


def save(connection: Connection, before: Timeline, after: Timeline) -> None:
    """Write what differs between two timelines of one account. The caller has the program's lock."""
    kept = {each.id: each for each in after if each.id is not None}
    gone = [each.id for each in before if each.id not in kept]
    if gone:
        connection.execute(delete(table).where(table.c.id.in_(gone)))
    known = {each.id: each for each in before}
    for row, each in sorted(kept.items(), key=lambda item: item[1].starts, reverse=True):
        if known.get(row) != each:
            connection.execute(update(table).where(table.c.id == row).values(_columns(each)))
    new = [_columns(each) for each in after if each.id is None]
    if new:
        connection.execute(insert(table), new)


def terms(connection: Connection, starts: datetime, until: datetime | None) -> list[Placement]:
    """The strategic placements that hold at some moment between two others, in order."""
    query = select(table).where(
        table.c.tier == ProgramTier.STRATEGIC, or_(table.c.until.is_(None), table.c.until > starts)
    )
    if until is not None:
        query = query.where(table.c.starts < until)
    return [_placement(row) for row in connection.execute(query.order_by(table.c.starts, table.c.account))]


def holding(
    connection: Connection,
    at: datetime,
    *,
    tier: ProgramTier | None = None,
    group: str | None = None,
    after: str = "",
    limit: int = 200,
) -> list[Placement]:
    """The placements that hold at a moment, by account, from behind the account ``after``."""
    query = _holding(select(table), at).where(table.c.account > after)
    if tier is not None:
        query = query.where(table.c.tier == tier)
    if group is not None:
        query = query.where(table.c.group_name == group)
    return [_placement(row) for row in connection.execute(query.order_by(table.c.account).limit(limit))]


def counts(connection: Connection, at: datetime) -> list[tuple[ProgramTier, str | None, int]]:
    """How many accounts each tier and group has at a moment."""
    columns = (table.c.tier, table.c.group_name)
    query = _holding(select(*columns, func.count()), at).group_by(*columns).order_by(*columns)
    return [(ProgramTier(row[0]), row[1], row[2]) for row in connection.execute(query)]


def turning(connection: Connection, at: datetime) -> list[str]:
    """The accounts for which a placement begins or ends at a moment."""
    query = select(table.c.account).where(or_(table.c.starts == at, table.c.until == at)).distinct()
    return sorted(connection.execute(query).scalars())


def about(connection: Connection, wanted: Sequence[str]) -> dict[str, Any]:
    """Of each account that exists: its name, segment, country and own fields."""
    columns = (accounts.c.external_id, accounts.c.name, accounts.c.segment, accounts.c.country)
    more = (accounts.c.state, accounts.c.city, accounts.c.lifecycle, accounts.c.custom, accounts.c.id)
    query = select(*columns, *more).where(accounts.c.external_id.in_(sorted(wanted)))
    return {row.external_id: row for row in connection.execute(query)} if wanted else {}


def _holding(query: Select[Any], at: datetime) -> Select[Any]:
    return query.where(table.c.starts <= at, or_(table.c.until.is_(None), table.c.until > at))


def _columns(each: Placement) -> dict[str, Any]:
    return {
        "account": each.account,
        "tier": each.tier,
        "group_name": each.group.name,
        **{part: getattr(each.group, part) for part in _PARTS},
        "starts": each.starts,
        "until": each.until,
        "reason": each.reason,
        "decided_by": each.decided_by,
        "decided_at": each.decided_at,
        "nomination": each.nomination,
        "ended_by": each.ended_by,
        "end_reason": each.end_reason,
    }


def _placement(row: Row[Any]) -> Placement:
    return Placement(
        id=row.id,
        account=row.account,
        tier=ProgramTier(row.tier),
        group=Group(**{part: getattr(row, part) for part in _PARTS}),
        starts=row.starts,
        until=row.until,
        reason=row.reason,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        nomination=row.nomination,
        ended_by=row.ended_by,
        end_reason=row.end_reason,
    )
