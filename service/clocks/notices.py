"""What others are told of clocks: reminders, clocks that ran out, escalations, reps switched offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from routing.types.people import Offline, Rep, RepId
from service.db.assignments import Assignment
from service.db.clocks import Ticking
from service.delivery.outbox import EventType, announce

MANAGER = "manager"


def recipients(escalate: Sequence[str], rep: Rep) -> tuple[RepId, ...]:
    """Who is meant by ``manager`` and ids of reps, each once; without the rep, and whom there is not."""
    named = (rep.manager if who == MANAGER else RepId(who) for who in escalate)
    return tuple(who for who in dict.fromkeys(named) if who is not None and who != rep.id)


def remind(connection: Connection, each: Ticking, found: Assignment, minutes: int, now: datetime) -> None:
    """Tell that a clock is about to run out; ``minutes`` before is which reminder it is."""
    data = _data(each, found) | {"minutes_before": minutes, "notify": [found.rep]}
    subject = f"{each.id}_{minutes}"
    announce(connection, EventType.REMINDER, subject, data, now, about=_about(found))


def breached(
    connection: Connection, each: Ticking, found: Assignment, told: Sequence[RepId], step: str, now: datetime
) -> None:
    """Tell that a clock ran out, what becomes of the contact, and those who are to see to it."""
    data = _data(each, found) | {"then": step}
    about = _about(found)
    announce(connection, EventType.BREACHED, str(each.id), data | {"notify": [found.rep]}, now, about=about)
    if told:
        data |= {"notify": list(told)}
        announce(connection, EventType.ESCALATED, str(each.id), data, now, about=about)


def offline(
    connection: Connection, rep: Rep, off: Offline, misses: int, told: Sequence[RepId], now: datetime
) -> None:
    """Tell that a rep was switched offline for clocks that ran out."""
    data = {
        "rep": rep.id,
        "misses": misses,
        "notify": list(told),
        **{
            name: _time(value) if isinstance(value, datetime) else value
            for name, value in asdict(off).items()
        },
    }
    subject = f"{rep.id}_{int(off.since.timestamp())}"
    announce(connection, EventType.REP_OFFLINE, subject[:40], data, now)


def _about(found: Assignment) -> tuple[int, str]:
    return found.contact_row, found.decision_id


def _data(each: Ticking, found: Assignment) -> dict[str, Any]:
    return {
        "assignment": {"id": found.id, "rep": found.rep, "assigned_at": _time(found.assigned_at)},
        "decision_id": found.decision_id,
        "clock": each.name,
        "due_at": _time(each.due_at),
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
