"""Reps who let clocks run out too often are switched offline."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from routing.misses import MissPolicy
from routing.types.people import Offline, Rep
from service.clocks import notices
from service.db import clocks, reps

BY = "clock"


def count(connection: Connection, rep: Rep, policy: MissPolicy, now: datetime) -> bool:
    """Switch a rep offline who has missed as many clocks as the rulebook allows; whether it was done.

    Misses count from the last time that the rep was switched back on. A rep who is offline stays as is.
    """
    off = rep.offline
    if off is not None and off.since <= now and (off.until is None or now < off.until):
        return False
    zone = ZoneInfo(rep.time_zone)
    since = policy.within.before(now, zone)
    if off is not None and off.until is not None:
        since = max(since, off.until)
    missed = clocks.misses(connection, rep.id, since)
    if missed < policy.count:
        return False
    until = policy.offline.after(now, zone) if policy.offline is not None else None
    switched = Offline(since=now, until=until, reason=f"{missed} clocks ran out", by=BY)
    reps.switch(connection, rep.id, switched, now)
    notices.offline(connection, rep, switched, missed, notices.recipients(policy.tell, rep), now)
    return True
