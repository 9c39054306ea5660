"""Responses to campaigns as signals: one of each person and campaign, in the transaction that says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from service.db.engagement import signals, sums
from service.db.program import settings as stored
from service.db.program.campaigns import Campaign
from service.db.program.members import Member
from service.engagement.records import SignalRecord
from service.engagement.taking import upsert

SOURCE = "campaign"
"""Who says so."""
KIND = "campaign_response"


def hear(connection: Connection, campaign: Campaign, members: Iterable[Member], now: datetime) -> None:
    """Take in that people responded; of whom it was heard before, nothing changes.

    A campaign made for an account is heard of that account, any other of the person's own. A response
    that is dated ahead counts from now, one from before the campaign began from then on. Of a campaign
    that has not begun nothing is heard: whoever notes that it begins says it again.
    """
    if campaign.began_at is None:
        return
    heard = [_record(campaign, each, now) for each in members if each.responded_at is not None]
    if heard:
        upsert(connection, heard, now)


def forget(connection: Connection, campaign: Campaign, persons: Sequence[str]) -> None:
    """Take out what was heard of people who are in the campaign no more; activations stay."""
    names = [(SOURCE, name_of(campaign, person)) for person in persons]
    gone = [each for each in signals.remove(connection, names) if each.account is not None]
    if not gone:
        return
    settings = stored.current(connection).engagement
    sums.lock(connection, gone)
    for each in gone:
        sums.take(connection, each, settings)


def name_of(campaign: Campaign, person: str) -> str:
    """The id of the signal of a person's response: as long for all, and it tells nothing of the person."""
    return hashlib.sha256(f"{campaign.id}\n{person}".encode()).hexdigest()[:40]


def _record(campaign: Campaign, member: Member, now: datetime) -> SignalRecord:
    return SignalRecord(
        external_id=name_of(campaign, member.person),
        source=SOURCE,
        kind=KIND,
        at=min(max(member.responded_at or now, campaign.began_at or now), now),
        account_id=campaign.account if campaign.personalised else None,
        email=member.email,
        contact_id=member.contact,
        campaign=campaign.external_id or campaign.name,
    )
