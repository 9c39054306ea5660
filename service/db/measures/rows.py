"""The rows that a figure is made of, the newest first, and what was left out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
)

from service.db.measures.totals import Rows, laid
from service.db.tables import account, activity, assignment, contact, opportunity, program_campaign
from service.measures.core.components import Component, Source

EVERY = ("tier", "rep", "campaign", "play")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A row of a figure. ``adds`` is what it adds, of money in cents; None where that is not known.

    ``id`` is the external id of an opportunity or activity, the id of an assignment, of a contact the row.
    ``said`` is what the record says: stage, amount, currency and the like.
    """

    source: Source
    id: str
    account: str
    account_name: str | None
    tier: str | None
    rep: str | None
    campaign: str | None
    play: str | None
    at: datetime
    adds: int | None
    said: dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rateless:
    """Opportunities left out of sums of money: their currency has no rate on the date that counts."""

    currency: str
    opportunities: int
    first: datetime
    last: datetime


Place = tuple[datetime, str, str]
"""Where a row stands in the list: its moment, its id, its campaign."""


def listed(
    connection: Connection,
    rows: Rows,
    adds: Component,
    only_with: Component | None,
    *,
    after: Place | None = None,
    limit: int = 100,
) -> list[Counted]:
    """Rows of one source, the newest first, from behind a place."""
    split = "campaign" in rows.only or "play" in rows.only
    found = laid(connection, rows, EVERY if split or Source.INFLUENCED not in rows.sources else EVERY[:2])
    facts, columns = found.facts.c, found.columns
    tie = func.coalesce(columns["campaign"], "")
    named = account.alias("named")  # a segment is asked of the account itself
    query = (
        select(
            facts.source,
            facts.id,
            facts.account,
            named.c.name.label("account_name"),
            columns["tier"].label("tier"),
            columns["rep"].label("rep"),
            columns["campaign"].label("campaign"),
            columns.get("play", cast(None, program_campaign.c.play.type)).label("play"),
            facts.at,
            facts[adds.value].label("adds"),
        )
        .select_from(found.source.outerjoin(named, named.c.external_id == facts.account))
        .where(*found.conditions)
        .order_by(facts.at.desc(), facts.id.desc(), tie.desc())
        .limit(limit)
    )
    if only_with is not None:
        query = query.where(facts[only_with.value].is_not(None))
    if after is not None:
        at, name, campaign = after
        query = query.where(
            or_(
                facts.at < at,
                and_(facts.at == at, facts.id < name),
                and_(facts.at == at, facts.id == name, tie < campaign),
            )
        )
    rows_found: Sequence[Any] = connection.execute(query).all()
    said = _said(connection, rows_found)
    return [_counted(row, said.get((row.source, row.id), {})) for row in rows_found]


def without_rate(connection: Connection, rows: Rows) -> list[Rateless]:
    """The currencies that opportunities of the rows have no rate for, with how many and when."""
    query = _lacking(connection, rows, Component.NO_RATE, opportunity.c.currency)
    found = connection.execute(query.group_by(opportunity.c.currency).order_by(opportunity.c.currency))
    return [Rateless(currency=row[0], opportunities=row[1], first=row[2], last=row[3]) for row in found]


def without_amount(connection: Connection, rows: Rows) -> int:
    """How many opportunities of the rows say no amount."""
    row = connection.execute(_lacking(connection, rows, Component.NO_AMOUNT, literal(None, String))).one()
    return int(row[1])


def _lacking(connection: Connection, rows: Rows, lack: Component, first: ColumnElement[Any]) -> Select[Any]:
    """How many opportunities lack something, and the first and the last date that counts."""
    found = laid(connection, rows, ("rep",))
    facts = found.facts.c
    counted = func.count(opportunity.c.id.distinct())
    return (
        select(first, counted, func.min(facts.at), func.max(facts.at))
        .select_from(found.source.join(opportunity, opportunity.c.external_id == facts.id))
        .where(*found.conditions, facts[lack.value] == 1, facts.source.in_(_MONEY))
    )


_MONEY = (Source.OPENED.value, Source.INFLUENCED.value, Source.CLOSED.value)


def _counted(row: Any, said: dict[str, str | None]) -> Counted:
    return Counted(
        source=Source(row.source),
        id=row.id,
        account=row.account,
        account_name=row.account_name,
        tier=row.tier,
        rep=row.rep,
        campaign=row.campaign,
        play=row.play,
        at=row.at,
        adds=row.adds,
        said=said,
    )


def _said(connection: Connection, rows: Sequence[Any]) -> dict[tuple[str, str], dict[str, str | None]]:
    """What the records of rows say, by source and id."""
    found: dict[tuple[str, str], dict[str, str | None]] = {}
    by_source: dict[str, list[str]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row.id)
    for source, ids in by_source.items():
        query = _RECORDS[Source(source)]
        key = query.selected_columns[0]
        wanted: Sequence[Any] = [int(each) for each in ids] if isinstance(key.type, BigInteger) else ids
        for record in connection.execute(query.where(key.in_(wanted))):
            values = record._mapping
            texts = {name: None if value is None else str(value) for name, value in values.items()}
            found[source, str(record[0])] = {name: value for name, value in texts.items() if name != "key"}
    return found


_DEAL = select(
    opportunity.c.external_id.label("key"),
    opportunity.c.kind,
    opportunity.c.stage,
    opportunity.c.amount,
    opportunity.c.currency,
    opportunity.c.iarr,
)
_RECORDS: dict[Source, Any] = {
    Source.OPENED: _DEAL,
    Source.INFLUENCED: _DEAL,
    Source.CLOSED: _DEAL,
    Source.MEETINGS: select(activity.c.external_id.label("key"), activity.c.kind, activity.c.contact),
    Source.CONTACTS: select(
        contact.c.id.label("key"), contact.c.external_id.label("contact"), contact.c.email
    ),
    Source.ACCEPTED: select(
        assignment.c.id.label("key"), contact.c.external_id.label("contact"), contact.c.email
    ).join(contact, contact.c.id == assignment.c.contact_id),
}
