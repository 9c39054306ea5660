"""Placements kept, and what follows when a tier changes: now, or by a timer at the moment it does.

Those concerned are told, and the plan of an account that is strategic no more ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from service.db import timers
from service.db.program import placements
from service.db.program import settings as stored
from service.db.timers import Timer, Wanted
from service.delivery.outbox import EventType, stamp
from service.program import notices, plans
from service.program.core.settings import ProgramSettings
from service.program.core.tiers import Placement, Timeline, in_force
from service.worker.timers import Handler

TIMER = "program.tiers"
"""The kind of the timers that tell of tiers that begin or end."""

_STRATEGIC = ProgramTier.STRATEGIC
_BEFORE = timedelta(microseconds=1)


def keep(
    connection: Connection, settings: ProgramSettings, before: Timeline, after: Timeline, now: datetime
) -> None:
    """Store what became of an account's placements, under the program's lock; tell of a change now."""
    placements.save(connection, before, after)
    ahead = {moment for each in after for moment in (each.starts, each.until) if moment and moment > now}
    timers.put(connection, [Wanted(kind=TIMER, subject=f"tiers:{stamp(at)}", due_at=at) for at in ahead])
    _changed(connection, settings, in_force(before, now), in_force(after, now), now)


def handlers() -> Mapping[str, Handler]:
    """What the timers of tiers do."""
    return {TIMER: _turn}


def _turn(connection: Connection, timer: Timer, now: datetime) -> None:
    if timers.take(connection, timer.id, now) is None:
        return
    settings = stored.current(connection)
    changing = placements.turning(connection, timer.due_at)
    for _, timeline in sorted(placements.timelines(connection, changing).items()):
        was, becomes = in_force(timeline, timer.due_at - _BEFORE), in_force(timeline, timer.due_at)
        _changed(connection, settings, was, becomes, timer.due_at)
    timers.mark_fired(connection, timer.id, "told", now)


def _changed(
    connection: Connection,
    settings: ProgramSettings,
    was: Placement | None,
    becomes: Placement | None,
    at: datetime,
) -> None:
    known = becomes or was
    if known is None or (was and becomes and (was.tier, was.group) == (becomes.tier, becomes.group)):
        return
    if was is not None and was.tier is _STRATEGIC and (becomes is None or becomes.tier is not _STRATEGIC):
        plans.end_of_leaver(connection, was.account, at)
    ended = was if becomes is None else None
    data = {
        "tier": becomes.tier.value if becomes else None,
        "group": becomes.group.name if becomes else None,
        "from": stamp(at),
        "until": stamp(becomes.until) if becomes and becomes.until else None,
        "previous_tier": was.tier.value if was else None,
        "reason": (ended.end_reason or "Its time has ended") if ended else known.reason,
        "by": (ended.ended_by or ended.decided_by) if ended else known.decided_by,
    }
    notices.tell_team(connection, settings, EventType.PROGRAM_TIER, known.account, data, at)
