"""What the console's pages read beyond the repositories: counts, bars and lists of names. Read-only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from service.db.decision_list import name_of, who_columns
from service.db.likeness import containing
from service.db.tables import account, account_domain, assignment, decision, rep, waiting
from service.db.waiting import Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a rep has to act on, and what they were given since a time."""

    rep: str
    name: str
    active: bool
    open: int
    overdue: int
    given: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """One contact that waits for a time or for a person."""

    decision_id: str
    kind: str
    since: datetime
    due_at: datetime | None
    who: str
    company: str | None


def open_counts(connection: Connection) -> dict[str, int]:
    """How many contacts wait, by what they wait for."""
    query = (
        select(waiting.c.kind, func.count()).where(waiting.c.settled_at.is_(None)).group_by(waiting.c.kind)
    )
    return dict(connection.execute(query).all())


def oldest_open(connection: Connection, limit: int) -> list[Open]:
    """The contacts that have waited longest, the oldest first."""
    oldest = (
        select(waiting.c.id, waiting.c.decision_id, waiting.c.kind, waiting.c.due_at)
        .where(waiting.c.settled_at.is_(None))
        .order_by(waiting.c.id)
        .limit(limit)
        .subquery()
    )
    query = (
        select(oldest.c.decision_id, oldest.c.kind, oldest.c.due_at, decision.c.at, *who_columns())
        .join(decision, decision.c.id == oldest.c.decision_id)
        .order_by(oldest.c.id)
    )
    return [
        Open(
            decision_id=row.decision_id,
            kind=row.kind,
            since=row.at,
            due_at=row.due_at,
            who=name_of(row),
            company=row.company,
        )
        for row in connection.execute(query)
    ]


def open_matters(connection: Connection, decision_id: str) -> list[tuple[str, datetime | None]]:
    """What one decision still waits for, each with the time at which it is looked at again."""
    query = select(waiting.c.kind, waiting.c.due_at).where(
        waiting.c.decision_id == decision_id, waiting.c.settled_at.is_(None)
    )
    return [(kind, due_at) for kind, due_at in connection.execute(query)]


def settled_matters(connection: Connection, decision_id: str) -> list[tuple[str, Settled]]:
    """What one decision waited for and no longer does, each with how that ended."""
    query = select(waiting).where(waiting.c.decision_id == decision_id, waiting.c.settled_at.is_not(None))
    return [
        (row.kind, Settled(by=row.settled_by, at=row.settled_at, answer=row.answer))
        for row in connection.execute(query.order_by(waiting.c.id))
    ]


def loads(
    connection: Connection, now: datetime, since: datetime, until: datetime | None = None
) -> list[Load]:
    """Every rep with the number of contacts they act on now, are late with, and were given in a time."""
    mine = assignment.c.rep == rep.c.external_id
    is_open = assignment.c.ended_at.is_(None)
    given = [assignment.c.assigned_at >= since]
    given += [assignment.c.assigned_at < until] if until is not None else []

    def counted(*conditions: Any) -> Any:
        return select(func.count()).select_from(assignment).where(mine, *conditions).scalar_subquery()

    late = counted(is_open, assignment.c.accepted_at.is_(None), assignment.c.due_at < now)
    query = select(
        rep.c.external_id, rep.c.name, rep.c.active, counted(is_open), late, counted(*given)
    ).order_by(rep.c.active.desc(), rep.c.name)
    return [
        Load(rep=row[0], name=row[1], active=row[2], open=row[3], overdue=row[4], given=row[5])
        for row in connection.execute(query)
    ]


def rep_names(connection: Connection) -> dict[str, str]:
    """Every rep's name, by external id."""
    query = select(rep.c.external_id, rep.c.name).order_by(rep.c.name)
    return dict(connection.execute(query).all())


def account_names(connection: Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of these accounts, by external id; unknown ids are left out."""
    wanted = {each for each in ids if each}
    query = select(account.c.external_id, account.c.name).where(account.c.external_id.in_(wanted))
    return dict(connection.execute(query).all())


def rules_used(connection: Connection) -> list[str]:
    """The names of the rules that took a decision so far, found by leaps through the index."""
    known = select(func.min(decision.c.rule).label("rule")).cte("known", recursive=True)
    after = select(func.min(decision.c.rule)).where(decision.c.rule > known.c.rule).scalar_subquery()
    leaps = known.union_all(select(after).where(known.c.rule.is_not(None)))
    return [rule for rule in connection.execute(select(leaps.c.rule)).scalars() if rule is not None]


def accounts(connection: Connection, text: str, limit: int) -> list[Any]:
    """Accounts whose name has this part, or with this domain or external id, by name."""
    shown = ("external_id", "name", "country", "city", "lifecycle", "segment")
    query = select(*(account.c[name] for name in shown))
    word = text.strip().lower()
    if word:
        with_domain = select(account_domain.c.account_id).where(account_domain.c.domain == word)
        query = query.where(
            or_(
                containing(account.c.name, word),
                account.c.external_id == text.strip(),
                account.c.id.in_(with_domain),
            )
        )
    return list(connection.execute(query.order_by(account.c.name).limit(limit)))


def children(connection: Connection, external_id: str) -> list[Any]:
    """The accounts directly below one, by name."""
    query = select(account.c.external_id, account.c.name, account.c.country).where(
        account.c.parent == external_id
    )
    return list(connection.execute(query.order_by(account.c.name).limit(200)))
