"""What sticks: a contact that a person gave to a rep, and one that a rep had not long ago.

A person's word stands for a time, whatever the rules say; otherwise the next
event of the contact would undo it. A pool's contact that comes back goes to
who had it, where the rule asks for that, as long as the rep is there.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from routing.availability import why_unavailable
from routing.durations import Window
from routing.types.facts import Relation, RoutingFacts
from routing.types.people import Hand, RepId

BY_HAND = Window(30, "day")
"""How long a person's word stands unless the rulebook says otherwise."""

_GAVE_IT_UP = ("rejected", "expired")


def standing_word(facts: RoutingFacts, window: Window, now: datetime, zone: ZoneInfo) -> Hand | None:
    """Return whose word the contact is with its rep by; None when the rules decide.

    They do once the window is over, and while the rep is away or not active any more.
    """
    holder = facts.holder
    if holder is None or holder.hand is None or window.count == 0 or holder.since < window.start(now, zone):
        return None
    rep = facts.reps.get(holder.rep)
    there = rep is not None and why_unavailable(rep, now, respect_hours=False) is None
    return holder.hand if there else None


def had_lately(facts: RoutingFacts, window: Window, now: datetime, zone: ZoneInfo) -> RepId | None:
    """Return who had this person last within the window, and did not give them up."""
    since = window.start(now, zone)
    mine = (each for each in facts.earlier if each.relation is Relation.PERSON and each.assigned_at >= since)
    return next((each.rep for each in mine if each.status not in _GAVE_IT_UP), None)
