"""What changed on an account between two moments: the rows that agendas are made from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from service.db.tables import (
    activity,
    assignment,
    assignment_clock,
    contact,
    opportunity,
    program_campaign,
    program_member,
)
from service.program.core.agenda import Changed
from service.program.core.criteria import ANSWERS

MOST = 200


def of_account(
    connection: Connection, account: str, since: datetime, until: datetime, *, agreed: bool
) -> Changed:
    """What changed on an account from ``since`` up to ``until``; the newest of each first."""
    spoken = connection.execute(
        select(func.max(activity.c.at)).where(activity.c.account == account, activity.c.at < until)
    ).scalar()
    deals = opportunity.c
    mine = deals.account == account
    silent = spoken is None or spoken < since
    columns = (deals.external_id, deals.stage, deals.kind, deals.owner, deals.amount)
    return Changed(
        since=since,
        until=until,
        contacts=_rows(connection, _contacts(account, since, until)),
        engaged=_rows(connection, _engaged(account, since, until)),
        opened=_rows(
            connection,
            select(*columns, deals.opened_at.label("at")).where(mine, *_in(deals.opened_at, since, until)),
        ),
        closed=_rows(
            connection,
            select(*columns, deals.won, deals.closed_at.label("at")).where(
                mine, *_in(deals.closed_at, since, until)
            ),
        ),
        silent=_rows(
            connection,
            select(*columns, deals.opened_at.label("at")).where(
                mine, deals.closed_at.is_(None), or_(deals.opened_at.is_(None), deals.opened_at < since)
            ),
        )
        if silent
        else (),
        missed=_rows(connection, _missed(account, since, until)),
        campaigns=_rows(connection, _campaigns(account, since, until)),
        running=_runs(connection, account),
        agreed=agreed,
    )


def _contacts(account: str, since: datetime, until: datetime) -> Select[Any]:
    columns = (contact.c.external_id, contact.c.data["title"].as_string().label("title"))
    return select(*columns, contact.c.created_at.label("at")).where(
        contact.c.account == account, *_in(contact.c.created_at, since, until)
    )


def _engaged(account: str, since: datetime, until: datetime) -> Select[Any]:
    """Who wrote or answered, how often, and when last."""
    return (
        select(
            activity.c.contact.label("external_id"),
            func.count().label("times"),
            func.max(activity.c.at).label("at"),
        )
        .where(
            activity.c.account == account,
            activity.c.direction.in_(ANSWERS),
            activity.c.contact.is_not(None),
            *_in(activity.c.at, since, until),
        )
        .group_by(activity.c.contact)
    )


def _missed(account: str, since: datetime, until: datetime) -> Select[Any]:
    clocks = assignment_clock.c
    return (
        select(clocks.name, clocks.rep, assignment.c.id.label("assignment_id"), clocks.missed_at.label("at"))
        .join(assignment, assignment.c.id == clocks.assignment_id)
        .join(contact, contact.c.id == clocks.contact_id)
        .where(contact.c.account == account, *_in(clocks.missed_at, since, until))
    )


def _campaigns(account: str, since: datetime, until: datetime) -> Select[Any]:
    """Campaigns made for the account that began or ended, and how many people answered in that time."""
    made, member = program_campaign.c, program_member.c
    answered = (
        select(func.count())
        .where(member.campaign_id == made.id, *_in(member.responded_at, since, until))
        .scalar_subquery()
    )
    return select(
        made.id, made.name, made.play, made.state, answered.label("answered"), made.began_at.label("at")
    ).where(
        made.account == account,
        or_(and_(*_in(made.began_at, since, until)), and_(*_in(made.ended_at, since, until)), answered > 0),
    )


def _runs(connection: Connection, account: str) -> bool:
    made = program_campaign.c
    query = select(made.id).where(made.account == account, made.state == "active", made.personalised)
    return connection.execute(query.limit(1)).first() is not None


def _in(column: Any, since: datetime, until: datetime) -> tuple[Any, Any]:
    return column >= since, column < until


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    """The rows as plain JSON values, by the column ``at``, the newest first."""
    found = connection.execute(query.limit(MOST)).all()
    plain = [{name: _plain(value) for name, value in row._mapping.items()} for row in found]
    return sorted(plain, key=lambda row: (row["at"] or "", str(row)), reverse=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
