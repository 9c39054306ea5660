"""Whom campaigns reached: who was in which, from when on.

Who is put into a campaign, or answers it, before it has begun was reached when it began. One that
never began reached nobody: there may be a list of people, but nothing was sent to them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    select,
    union_all,
)

from service.db.tables import contact, program_campaign, program_member


def person_of(row: FromClause) -> ColumnElement[Any]:
    """What a contact is known as in `joined_last`."""
    return func.coalesce(known_as(row.c.external_id), "#:" + cast(row.c.id, String))


def known_as(external_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """What the contact of an external id is known as there."""
    return "x:" + external_id


def joined_last() -> CTE:
    """The campaign that each person was put into last, ``at`` a moment and ``until`` she was into another.

    Two at one moment: the first by its id. A person of an address is every contact who has it.
    """
    member, rows = program_member.c, _begun(program_member.c.joined_at)
    by_id = rows.add_columns(known_as(member.contact).label("person")).where(member.contact.is_not(None))
    by_address = rows.add_columns(person_of(contact)).join(contact, contact.c.email == member.email)
    found = union_all(by_id, by_address).subquery("joined")
    later = func.lead(found.c.at).over(
        partition_by=found.c.person, order_by=(found.c.at, found.c.campaign.desc())
    )
    return select(found, later.label("until")).cte("joined_last").prefix_with("MATERIALIZED")


def by_campaigns(first: datetime, last: datetime) -> list[Select[Any]]:
    """Accounts that campaigns reached between two moments: each with when, and the campaign.

    By a person of the account who joined or answered, known by id, else by address; and, of a campaign
    that was made for an account, by whoever did.
    """
    member = program_member.c
    rows: list[Select[Any]] = []
    for moment in (member.joined_at, member.responded_at):
        heard = _whom(moment).subquery(f"{moment.name}_in").c
        between = and_(heard.at >= first, heard.at <= last)
        for same in (
            contact.c.external_id == heard.contact,
            and_(heard.contact.is_(None), contact.c.email == heard.email),
        ):
            known = select(contact.c.account, heard.at, heard.campaign).where(same, between)
            rows.append(known.where(contact.c.account.is_not(None)))
        rows.append(
            select(heard.account, heard.at, heard.campaign).where(between, heard.account.is_not(None))
        )
    return rows


def answered() -> Select[Any]:
    """Answers to campaigns: ``at`` when, whose (``contact``, ``email``), and for which ``account``."""
    return _whom(program_member.c.responded_at)


def _whom(moment: ColumnElement[Any]) -> Select[Any]:
    member = program_member.c
    return _begun(moment).add_columns(member.contact, member.email, program_campaign.c.account)


def _begun(moment: ColumnElement[Any]) -> Select[Any]:
    """People of campaigns that have begun: the campaign, and when the moment reached them."""
    began = program_campaign.c.began_at
    at = case((moment < began, began), else_=moment).label("at")
    return (
        select(at, program_member.c.campaign_id.label("campaign"))
        .join_from(program_member, program_campaign, program_campaign.c.id == program_member.c.campaign_id)
        .where(began.is_not(None), moment.is_not(None))
    )
