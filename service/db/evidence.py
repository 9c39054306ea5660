"""What speaks for one rep or another: rows of a contact and its account, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select

from service.db.tables import activity, assignment, decision, opportunity


def activities(
    connection: Connection, contact: str | None, account: str | None, since: datetime, most: int
) -> Sequence[Row[Any]]:
    """What was done with a contact or on its account since then."""
    given = ((activity.c.contact, contact), (activity.c.account, account))
    where = [column == value for column, value in given if value]
    if not where:
        return []
    query = (
        select(activity)
        .where(or_(*where), activity.c.at >= since)
        .order_by(activity.c.at.desc(), activity.c.id.desc())
        .limit(most)
    )
    return connection.execute(query).all()


def opportunities(connection: Connection, account: str | None, most: int) -> Sequence[Row[Any]]:
    """The deals of an account, in the order in which they came."""
    query = select(opportunity).where(opportunity.c.account == account).order_by(opportunity.c.id).limit(most)
    return connection.execute(query).all() if account else []


def decisions(connection: Connection, contact_row: int, most: int) -> Sequence[Row[Any]]:
    """How a contact was decided."""
    query: Select[Any] = (
        select(decision.c.id, decision.c.at, decision.c.routing_outcome, decision.c.rule, decision.c.rep)
        .where(decision.c.contact_id == contact_row)
        .order_by(decision.c.at.desc(), decision.c.id.desc())
        .limit(most)
    )
    return connection.execute(query).all()


def assignments(connection: Connection, contact_row: int, most: int) -> Sequence[Row[Any]]:
    """Whose a contact was."""
    query = (
        select(assignment)
        .where(assignment.c.contact_id == contact_row)
        .order_by(assignment.c.assigned_at.desc(), assignment.c.id.desc())
        .limit(most)
    )
    return connection.execute(query).all()
