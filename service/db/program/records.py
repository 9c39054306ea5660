"""What is recorded of an account, as far as criteria look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from matching.types import Scalar
from routing.types.facts import Activity, Opportunity
from service.db.activities import value as activity_of
from service.db.opportunities import value as opportunity_of
from service.db.tables import activity, contact, opportunity
from service.program.core.criteria import Records
from service.program.core.settings import Criteria

MOST = 1000
"""Contacts, activities and opportunities that are looked at, the newest first."""
_NO = frozenset({"", "0", "no", "false", "none"})


def of_account(connection: Connection, account: str, settings: Criteria, now: datetime) -> Records:
    """What the criteria look at: back as far as any of them does, and all that is to come."""
    days = max(settings.engaged_days, settings.communication_days, settings.meeting_days)
    return Records(
        champions=tuple(_champions(connection, account, settings.champion_field)),
        activities=activities(connection, account, now - timedelta(days=days)),
        opportunities=opportunities(connection, account),
    )


def activities(connection: Connection, account: str, since: datetime) -> tuple[Activity, ...]:
    """What was done on an account since a moment, and what is to come, the newest first."""
    query = select(activity).where(activity.c.account == account, activity.c.at >= since)
    newest = query.order_by(activity.c.at.desc(), activity.c.id.desc()).limit(MOST)
    return tuple(activity_of(row) for row in connection.execute(newest))


def opportunities(connection: Connection, account: str) -> tuple[Opportunity, ...]:
    """The opportunities of an account, the newest first."""
    query = select(opportunity).where(opportunity.c.account == account)
    newest = query.order_by(opportunity.c.id.desc()).limit(MOST)
    return tuple(opportunity_of(row) for row in connection.execute(newest))


def _champions(connection: Connection, account: str, field: str | None) -> Iterator[str]:
    """The contacts of an account whose own field says that they are champions."""
    if field is None:
        return
    query = select(contact.c.external_id, contact.c.email, contact.c.data).where(contact.c.account == account)
    for row in connection.execute(query.order_by(contact.c.id.desc()).limit(MOST)):
        if _says_yes((row.data.get("custom") or {}).get(field)) and (row.external_id or row.email):
            yield row.external_id or row.email


def _says_yes(value: Scalar | None) -> bool:
    return value is not None and str(value).strip().casefold() not in _NO
