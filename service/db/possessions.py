"""What a rep has that can be handed over, as rows, and the few columns that only a hand-over changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, or_, select, update

from service.db import account_rows
from service.db.account_state import AccountState
from service.db.tables import (
    account,
    account_role,
    activity,
    assignment,
    contact,
    decision,
    opportunity,
    pool,
    pool_member,
    rep,
    rep_absence,
    waiting,
)
from service.db.waiting import Kind

MATTERS = (Kind.ASKED, Kind.HELD)
"""What waits for a rep, and not for whoever works through the review queue."""


def roles(
    connection: Connection, holder: str, at: datetime, worked_since: datetime, only: Collection[str] | None
) -> list[tuple[AccountState, Row[Any]]]:
    """The roles that a rep has at a moment: the account, and a row with the role, ``worked`` and ``deal``.

    ``worked``: the rep did something on the account since; ``deal``: an opportunity is open there.
    """
    worked = exists().where(
        activity.c.account == account.c.external_id, activity.c.rep == holder, activity.c.at >= worked_since
    )
    deal = exists().where(opportunity.c.account == account.c.external_id, opportunity.c.closed_at.is_(None))
    holds = and_(
        or_(account_role.c.starts.is_(None), account_role.c.starts <= at),
        or_(account_role.c.until.is_(None), account_role.c.until > at),
    )
    query = (
        select(account_role.c.account_id, account_role.c.role, worked.label("worked"), deal.label("deal"))
        .join(account, account.c.id == account_role.c.account_id)
        .where(account_role.c.rep == holder, holds)
    )
    rows = connection.execute(query if only is None else query.where(account_role.c.role.in_(only))).all()
    theirs = select(account).where(account.c.id.in_({row.account_id for row in rows}))
    states = {state.row: state for state in account_rows.load(connection, theirs)}
    return [(states[row.account_id], row) for row in rows]


def locked_account(connection: Connection, external_id: str) -> AccountState | None:
    """An account that nobody else changes until the transaction ends."""
    query = select(account).where(account.c.external_id == external_id).with_for_update()
    return next(iter(account_rows.load(connection, query)), None)


def open_assignments(connection: Connection, holder: str) -> Sequence[Row[Any]]:
    """The contacts that a rep is to act on, the oldest first, with where they are."""
    query = (
        select(
            assignment,
            contact.c.account,
            contact.c.email,
            contact.c.external_id.label("contact_ref"),
            account.c.country,
            account.c.state,
            account.c.segment,
        )
        .join(contact, contact.c.id == assignment.c.contact_id)
        .outerjoin(account, account.c.external_id == contact.c.account)
        .where(assignment.c.rep == holder, assignment.c.ended_at.is_(None))
        .order_by(assignment.c.assigned_at, assignment.c.id)
    )
    return connection.execute(query).all()


def open_opportunities(connection: Connection, owner: str) -> Sequence[Row[Any]]:
    """The deals of a rep that are not closed, with their accounts."""
    query = (
        select(opportunity, account.c.name, account.c.country, account.c.state, account.c.segment)
        .outerjoin(account, account.c.external_id == opportunity.c.account)
        .where(opportunity.c.owner == owner, opportunity.c.closed_at.is_(None))
        .order_by(opportunity.c.external_id)
    )
    return connection.execute(query).all()


def locked_opportunity(connection: Connection, external_id: str) -> Row[Any] | None:
    """An opportunity that nobody else changes until the transaction ends."""
    query = select(opportunity).where(opportunity.c.external_id == external_id).with_for_update()
    return connection.execute(query).first()


def own(connection: Connection, external_id: str, owner: str | None, now: datetime) -> None:
    """Make somebody the owner of an opportunity."""
    this = update(opportunity).where(opportunity.c.external_id == external_id)
    connection.execute(this.values(owner=owner, updated_at=now))


def open_matters(connection: Connection) -> list[tuple[str, Any]]:
    """The kind and the stored decision of everything that waits for some rep, the oldest first."""
    query = (
        select(waiting.c.kind, decision.c.body)
        .join(decision, decision.c.id == waiting.c.decision_id)
        .where(waiting.c.settled_at.is_(None), waiting.c.kind.in_(MATTERS))
        .order_by(waiting.c.id)
    )
    return [(row.kind, row.body) for row in connection.execute(query)]


def covered(
    connection: Connection, cover: str, starts: datetime, until: datetime | None
) -> Sequence[Row[Any]]:
    """The absences in which a rep stands in for others, of those that overlap a time."""
    query = select(rep_absence).where(rep_absence.c.cover == cover, rep_absence.c.until > starts)
    if until is not None:
        query = query.where(rep_absence.c.start < until)
    return connection.execute(query.order_by(rep_absence.c.id)).all()


def locked_cover(connection: Connection, row: int) -> str | None:
    """Who stands in during an absence, which nobody else changes until the transaction ends."""
    query = select(rep_absence.c.cover).where(rep_absence.c.id == row).with_for_update()
    return connection.execute(query).scalar()


def let_cover(connection: Connection, row: int, cover: str | None) -> None:
    """Let somebody else stand in during an absence."""
    connection.execute(update(rep_absence).where(rep_absence.c.id == row).values(cover=cover))


def team(connection: Connection, manager: str) -> Sequence[Row[Any]]:
    """Everybody who reports to a rep."""
    return connection.execute(select(rep).where(rep.c.manager == manager).order_by(rep.c.external_id)).all()


def locked_manager(connection: Connection, external_id: str) -> str | None:
    """Whom a rep reports to, which nobody else changes until the transaction ends."""
    query = select(rep.c.manager).where(rep.c.external_id == external_id).with_for_update()
    return connection.execute(query).scalar()


def named_pools(connection: Connection, member: str) -> dict[str, int]:
    """The pools that a rep is a member of by name, and the rep's weight in each."""
    query = (
        select(pool.c.name, pool_member.c.weight)
        .join(pool_member, pool_member.c.pool_id == pool.c.id)
        .where(pool_member.c.rep == member, pool_member.c.named)
        .order_by(pool.c.name)
    )
    return {row.name: row.weight for row in connection.execute(query)}
