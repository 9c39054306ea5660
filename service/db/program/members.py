"""The people in campaigns: known by the contact's external id, by the e-mail address, or by both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from matching.types import AccountId
from routing.types.facts import Membership
from service.db.program import campaigns as stored
from service.db.statements import Statement, as_moment
from service.db.tables import program_member as table
from service.program.core.campaigns import Timed, runs, turns
from service.program.core.plans import CampaignState
from service.records.known_by import ways

MOST = 50
"""Campaigns on the facts of a contact at most: those joined last."""

_JOINED = Statement(
    """
    WITH found AS (
        SELECT people.place, m.campaign_id, m.status, m.joined_at
        FROM {people} CROSS JOIN program_member m WHERE m.contact = people.external_id
        UNION
        SELECT people.place, m.campaign_id, m.status, m.joined_at
        FROM {people} CROSS JOIN program_member m WHERE m.email = people.email
    )
    SELECT found.place, found.joined_at, c.id, c.name, found.status, c.play, c.account, c.personalised,
           c.state, c.starts, c.until
    FROM found JOIN program_campaign c ON c.id = found.campaign_id
    """,
    people={"place": "bigint", "email": "text", "external_id": "text"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a campaign. ``email`` is normalised; one of it and ``contact`` (an external id) is set."""

    contact: str | None
    email: str | None
    status: str | None
    joined_at: datetime
    responded_at: datetime | None = None

    @property
    def person(self) -> str:
        """Whom the row is about: in one campaign there is one row for each."""
        return ways(self.contact, self.email)[0]


def campaigns(
    connection: Connection, asked: Sequence[tuple[str | None, str | None]], now: datetime
) -> list[tuple[Membership, ...]]:
    """The campaigns of each person, given by address and external id; the one joined last comes first."""
    people = [(place, email, external_id) for place, (email, external_id) in enumerate(asked)]
    rows = sorted(_JOINED.run(connection, people=people), key=_joining, reverse=True)
    running = _running(connection, rows, now)
    found: list[dict[str, Membership]] = [{} for _ in asked]
    for row in rows:
        found[row[0]].setdefault(row[2], _membership(row, running))
    return [tuple(each.values())[:MOST] for each in found]


def _running(connection: Connection, rows: Sequence[Any], now: datetime) -> set[str]:
    """Which of the campaigns run at ``now``; also where nobody has noted yet that one began or ended."""
    known = {row[2]: (_timed(row), row[6] if row[7] else None) for row in rows}
    turning = {account for timed, account in known.values() if account and turns([timed], now)}
    sharing: dict[str, list[Timed]] = defaultdict(list)
    for each in stored.sharing(connection, sorted(turning)) if turning else ():
        sharing[each.account or ""].append(each.timed)
    return {
        timed.id for timed, account in known.values() if runs(timed, sharing.get(account or "", [timed]), now)
    }


def _timed(row: Sequence[Any]) -> Timed:
    *_, campaign, _, _, _, _, _, state, starts, until = row
    return Timed(id=campaign, state=CampaignState(state), starts=as_moment(starts), until=as_moment(until))


def _joining(row: Sequence[Any]) -> tuple[datetime, str]:
    moment = as_moment(row[1])
    assert moment is not None
    return moment, row[2]


def _membership(row: Sequence[Any], running: Container[str]) -> Membership:
    _, joined_at, campaign, name, status, play, account, personalised, *_ = row
    return Membership(
        name=name,
        status=status,
        joined_at=as_moment(joined_at),
        play=play,
        account_id=AccountId(account) if personalised else None,
        running=campaign in running,
    )


def put(connection: Connection, campaign_id: str, members: Sequence[Member], now: datetime) -> None:
    """Store people of a campaign: one who is in it already has the new status, and joined when he did."""
    if not members:
        return
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(table)
    said = fresh.excluded
    changed = {
        "contact": func.coalesce(said.contact, table.c.contact),
        "email": func.coalesce(said.email, table.c.email),
        "status": func.coalesce(said.status, table.c.status),
        "responded_at": func.coalesce(said.responded_at, table.c.responded_at),
        "updated_at": said.updated_at,
    }
    rows = {each.person: each for each in members}
    connection.execute(
        fresh.on_conflict_do_update(index_elements=["campaign_id", "person"], set_=changed),
        [
            {
                "campaign_id": campaign_id,
                "person": person,
                "contact": each.contact,
                "email": each.email,
                "status": each.status,
                "responded_at": each.responded_at,
                "joined_at": each.joined_at,
                "updated_at": now,
            }
            for person, each in sorted(rows.items())
        ],
    )


def remove(connection: Connection, campaign_id: str, persons: Sequence[str]) -> int:
    """Take people out of a campaign; how many were in it."""
    gone = delete(table).where(table.c.campaign_id == campaign_id, table.c.person.in_(sorted(persons)))
    return connection.execute(gone).rowcount


def of(connection: Connection, campaign_id: str, *, after: str = "", limit: int = 200) -> list[Member]:
    """The people of a campaign in a fixed order, from behind the person ``after``."""
    query = (
        select(table)
        .where(table.c.campaign_id == campaign_id, table.c.person > after)
        .order_by(table.c.person)
        .limit(limit)
    )
    return [_member(row) for row in connection.execute(query)]


def responded(connection: Connection, campaign_id: str) -> list[Member]:
    """The people of a campaign who responded."""
    query = select(table).where(table.c.campaign_id == campaign_id, table.c.responded_at.is_not(None))
    return [_member(row) for row in connection.execute(query.order_by(table.c.person))]


def get(connection: Connection, campaign_id: str, person: str) -> Member | None:
    """One person of a campaign, or None."""
    query = select(table).where(table.c.campaign_id == campaign_id, table.c.person == person)
    row = connection.execute(query).first()
    return None if row is None else _member(row)


def counts(connection: Connection, campaign_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many people each campaign has, and how many of them responded."""
    query = (
        select(table.c.campaign_id, func.count(), func.count(table.c.responded_at))
        .where(table.c.campaign_id.in_(sorted(campaign_ids)))
        .group_by(table.c.campaign_id)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def _member(row: Row[Any]) -> Member:
    return Member(
        contact=row.contact,
        email=row.email,
        status=row.status,
        joined_at=row.joined_at,
        responded_at=row.responded_at,
    )
