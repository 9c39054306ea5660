"""Campaigns that begin and end by themselves: by timers, once, whichever process fires them.

Rules hear of it at the moment itself (`service.program.core.campaigns`); what is done
here is to put it on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.account_report import asking
from service.db import timers
from service.db.program import campaigns as db
from service.db.program import members, plans
from service.db.program.campaigns import Campaign
from service.db.timers import Timer, Wanted
from service.engagement import responses
from service.program.core.campaigns import turns
from service.program.core.plans import CampaignState
from service.worker.timers import Handler

TIMER = "program.campaign"
"""The kind of the timers at the beginning and the end of a campaign."""


def plan(connection: Connection, campaign: Campaign) -> None:
    """Set the timers of a campaign; those of earlier times find nothing to do."""
    timers.put(
        connection,
        [
            Wanted(kind=TIMER, subject=f"campaign:{campaign.id}:{_short(at)}", due_at=at)
            for at in (campaign.starts, campaign.until)
            if at is not None
        ],
    )


def begin(connection: Connection, found: Campaign, at: datetime, now: datetime) -> Campaign | None:
    """Note that a campaign runs from a moment on; None, and no change, when another of its account runs.

    What people had responded before is heard now.
    """
    plan = plans.open_of(connection, found.account) if found.account else None
    changed = replace(
        found,
        state=CampaignState.ACTIVE,
        began_at=at,
        updated_at=now,
        plan_id=plan.id if plan else found.plan_id,
    )
    if not db.start(connection, changed):
        return None
    responses.hear(connection, changed, members.responded(connection, changed.id), now)
    return changed


def catch_up(connection: Connection, campaign: Campaign, now: datetime) -> int:
    """Note what has begun or ended by its time, of all that share a campaign's place; how many turns."""
    sharing = _sharing(connection, campaign)
    found = turns([each.timed for each in sharing.values()], now)
    for each in found:
        one = sharing[each.id]
        if each.becomes is CampaignState.ACTIVE:
            begun = begin(connection, one, each.at, now)
            if begun is None:  # another has just begun; its end will come here again
                break
            sharing[each.id] = begun
        else:
            sharing[each.id] = finish(connection, one, each.becomes, each.at)
    return len(found)


def finish(connection: Connection, found: Campaign, becomes: CampaignState, at: datetime) -> Campaign:
    """Note that a campaign is over; after the first of an account's term its report is made."""
    over = db.finish(connection, found, becomes, at)
    if over.personalised and over.account is not None and becomes is CampaignState.DONE:
        asking.after_campaign(connection, over.account, at)
    return over


def handlers() -> Mapping[str, Handler]:
    """What the timers of campaigns do."""
    return {TIMER: _turn}


def _turn(connection: Connection, timer: Timer, now: datetime) -> None:
    if timers.take(connection, timer.id, now) is None:
        return
    found = db.get(connection, timer.subject.split(":")[1])
    count = 0 if found is None else catch_up(connection, found, now)
    timers.mark_fired(connection, timer.id, f"{count} turns" if count else "nothing to do", now)


def _short(moment: datetime) -> str:
    """A moment in a few characters: the subject of a timer has 64, and an id is 36 of them."""
    return f"{int(moment.timestamp()):x}.{moment.microsecond:x}"


def _sharing(connection: Connection, campaign: Campaign) -> dict[str, Campaign]:
    """The campaigns that share a place and are not over, by id, locked."""
    if not campaign.personalised or campaign.account is None:
        found = [each] if (each := db.get(connection, campaign.id, lock=True)) is not None else []
    else:
        found = db.sharing(connection, [campaign.account], lock=True)
    return {each.id: each for each in found}
