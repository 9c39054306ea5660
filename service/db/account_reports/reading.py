"""What a report on an account is made of: one query for each thing that it shows, all limited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Subquery, and_, func, or_, select, union

from service.db.engagement.activations import of_person
from service.db.tables import (
    activation,
    activity,
    assignment_clock,
    contact,
    opportunity,
    program_campaign,
    program_member,
    signal_account,
    signal_day,
    signal_stage,
)
from service.program.core.criteria import ANSWERS
from service.records.known_by import EMAIL, ID, ways

Rows = Sequence[Any]
_PERSON = of_person(contact.c.external_id)


def signals_by_day(connection: Connection, account: str, first: int, last: int) -> Rows:
    """The signals of each day and kind, days counted as `service.engagement.core.days` does."""
    table = signal_day.c
    query = select(table.day, table.kind, table.signals).where(
        table.account == account, table.day.between(first, last)
    )
    return connection.execute(query.order_by(table.day, table.kind)).all()


def answers(connection: Connection, account: str, since: datetime, until: datetime) -> Sequence[datetime]:
    """When somebody of the account wrote or answered."""
    table = activity.c
    query = select(table.at).where(
        table.account == account, table.direction.in_(ANSWERS), table.at >= since, table.at < until
    )
    return connection.execute(query.order_by(table.at)).scalars().all()


def topic(connection: Connection, account: str) -> Any:
    """The topic of the newest signal that names one, and when the account was heard of last; or None."""
    table = signal_account.c
    query = select(table.topic, table.topic_at, table.last_at).where(table.account == account)
    return connection.execute(query).first()


def stages(connection: Connection, account: str) -> Rows:
    """The buying stage that each source says last."""
    table = signal_stage.c
    query = select(table.source, table.stage, table.at).where(table.account == account)
    return connection.execute(query.order_by(table.at.desc(), table.source)).all()


def activations(connection: Connection, account: str, since: datetime, until: datetime, limit: int) -> Rows:
    """The account's activations, the newest first."""
    table = activation.c
    query = select(table.at, table.kind, table.score, table.people, table.topic, table.stage).where(
        table.account == account, table.at >= since, table.at < until
    )
    return connection.execute(query.order_by(table.at.desc(), table.id).limit(limit)).all()


def contacts(connection: Connection, account: str, limit: int) -> Rows:
    """The contacts of the account that were not erased, the ones heard of last first."""
    table = contact.c
    query = select(table.external_id, table.email, table.created_at, table.occurred_at).where(
        table.account == account, table.erased_at.is_(None), _PERSON
    )
    return connection.execute(query.order_by(table.occurred_at.desc(), table.id.desc()).limit(limit)).all()


def contact_counts(connection: Connection, account: str, since: datetime, until: datetime) -> Any:
    """How many contacts the account has at a moment, and how many of them came since another."""
    table = contact.c
    fresh = func.count().filter(table.created_at >= since)
    query = select(func.count().label("known"), fresh.label("fresh"))
    return connection.execute(query.where(table.account == account, table.created_at < until, _PERSON)).one()


def called(connection: Connection, persons: Sequence[str]) -> dict[str, str]:
    """How people are called that are known by "id:..." or "email:..."; those nobody knows are left out."""
    ids = [each.removeprefix(ID) for each in persons if each.startswith(ID)]
    emails = [each.removeprefix(EMAIL) for each in persons if each.startswith(EMAIL)]
    table = contact.c
    query = select(table.external_id, table.email, table.data).where(
        or_(table.external_id.in_(ids), table.email.in_(emails)), table.erased_at.is_(None)
    )
    found: dict[str, str] = {}
    for row in connection.execute(query.order_by(table.id)):
        name = " ".join(row.data[part] for part in ("first_name", "last_name") if row.data.get(part))
        title = f", {row.data['title']}" if row.data.get("title") else ""
        said = f"{name or row.email or row.external_id}{title}"
        found |= dict.fromkeys(ways(row.external_id, row.email), said)
    return found


def _members(account: str) -> Subquery:
    """The people of the account who are in campaigns, found from its own contacts."""
    known, member = contact.c, program_member.c
    columns = (known.external_id, known.email, member.campaign_id, member.joined_at, member.responded_at)
    same = (member.contact == known.external_id, member.email == known.email)
    by = [select(*columns).join(program_member, each).where(known.account == account) for each in same]
    return union(*by).subquery()


def opportunities(connection: Connection, account: str, since: datetime, until: datetime, limit: int) -> Rows:
    """The opportunities that were open in a time, as they are now: those opened last first."""
    table = opportunity.c
    columns = (table.external_id, table.stage, table.kind, table.owner, table.amount, table.currency)
    more = (table.opened_at, table.closed_at, table.won, table.expected_close_at)
    query = select(*columns, *more).where(
        table.account == account,
        or_(table.opened_at.is_(None), table.opened_at < until),
        or_(table.closed_at.is_(None), table.closed_at >= since),
    )
    ordered = query.order_by(table.opened_at.desc(), table.external_id)
    return connection.execute(ordered.limit(limit)).all()


def campaigns(connection: Connection, account: str, since: datetime, until: datetime, limit: int) -> Rows:
    """Campaigns that ran in a time, made for the account or with people of it."""
    made = program_campaign.c
    columns = (made.id, made.name, made.play, made.state, made.personalised, made.began_at, made.ended_at)
    query = select(*columns).where(
        or_(made.account == account, made.id.in_(select(_members(account).c.campaign_id))),
        made.began_at < until,
        or_(made.ended_at.is_(None), made.ended_at >= since),
    )
    return connection.execute(query.order_by(made.began_at.desc(), made.id).limit(limit)).all()


def campaign_people(connection: Connection, account: str, wanted: Sequence[str], until: datetime) -> Rows:
    """Who is in campaigns since before a moment: of one made for the account everybody, else its own people.

    Of each the campaign, the id and the address as far as known, and the moment of the response.
    """
    theirs, member, made = _members(account).c, program_member.c, program_campaign.c
    known = select(theirs.campaign_id, theirs.external_id, theirs.email, theirs.responded_at).where(
        theirs.campaign_id.in_(wanted), theirs.joined_at < until
    )
    own = (
        select(member.campaign_id, member.contact, member.email, member.responded_at)
        .join(program_campaign, made.id == member.campaign_id)
        .where(made.account == account, made.id.in_(wanted), member.joined_at < until)
    )
    return connection.execute(union(known, own)).all()


def promises(connection: Connection, account: str, since: datetime, until: datetime) -> Any:
    """Of the promises about the account's contacts that were due in a time: kept, missed; and running now."""
    clock = assignment_clock.c
    due = and_(clock.due_at >= since, clock.due_at < until)
    query = (
        select(
            func.count().filter(due, clock.state == "met", clock.missed_at.is_(None)).label("kept"),
            func.count().filter(clock.missed_at >= since, clock.missed_at < until).label("missed"),
            func.count().filter(clock.state == "running", clock.missed_at.is_(None)).label("running"),
        )
        .join(contact, contact.c.id == clock.contact_id)
        .where(contact.c.account == account)
    )
    return connection.execute(query).one()


def missed(connection: Connection, account: str, since: datetime, until: datetime, limit: int) -> Rows:
    """The promises that were missed in a time, the last first."""
    clock, known = assignment_clock.c, contact.c
    columns = (clock.name, clock.rep, clock.due_at, clock.missed_at, clock.ended_at)
    query = (
        select(*columns, known.external_id, known.email)
        .join(contact, known.id == clock.contact_id)
        .where(known.account == account, clock.missed_at >= since, clock.missed_at < until)
    )
    return connection.execute(query.order_by(clock.missed_at.desc(), clock.id).limit(limit)).all()
