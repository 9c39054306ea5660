"""The agenda of a review: what changed on the account since the last one, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

MOST_ROWS = 20


class Topic(StrEnum):
    """What an item of an agenda is about, in the order it is talked of."""

    MISSED = "missed"  # promises of time that were not kept
    OPENED = "opportunities_opened"
    CLOSED = "opportunities_closed"
    SILENT = "opportunities_silent"  # open, and nothing was said on the account
    NEW_CONTACTS = "new_contacts"
    ENGAGEMENT = "engagement"  # people who wrote or answered
    CAMPAIGNS = "campaigns"  # began, ended, were answered
    NO_CAMPAIGN = "no_campaign"  # none runs
    NOT_AGREED = "plan_not_agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What changed between two moments, as rows of plain values. ``silent`` are open opportunities."""

    since: datetime
    until: datetime
    contacts: Sequence[Mapping[str, Any]] = ()
    engaged: Sequence[Mapping[str, Any]] = ()
    opened: Sequence[Mapping[str, Any]] = ()
    closed: Sequence[Mapping[str, Any]] = ()
    silent: Sequence[Mapping[str, Any]] = ()
    missed: Sequence[Mapping[str, Any]] = ()
    campaigns: Sequence[Mapping[str, Any]] = ()
    running: bool = False
    agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to talk of: how many there are of it, and the first rows."""

    topic: Topic
    count: int
    rows: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What is talked of, of the time between two moments. No items: nothing changed."""

    since: datetime
    until: datetime
    items: Sequence[Item] = field(default_factory=tuple)


def made_from(changed: Changed) -> Agenda:
    """The agenda of what changed."""
    rows = {
        Topic.MISSED: changed.missed,
        Topic.OPENED: changed.opened,
        Topic.CLOSED: changed.closed,
        Topic.SILENT: changed.silent,
        Topic.NEW_CONTACTS: changed.contacts,
        Topic.ENGAGEMENT: changed.engaged,
        Topic.CAMPAIGNS: changed.campaigns,
    }
    items = [
        Item(topic=topic, count=len(found), rows=tuple(found[:MOST_ROWS]))
        for topic, found in rows.items()
        if found
    ]
    items += [Item(topic=Topic.NO_CAMPAIGN, count=1)] if not changed.running else []
    items += [Item(topic=Topic.NOT_AGREED, count=1)] if not changed.agreed else []
    return Agenda(since=changed.since, until=changed.until, items=tuple(items))
