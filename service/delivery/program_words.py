"""What people are told of the program, in words: a title and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.delivery.outbox import EventType

EVENTS = frozenset(
    {
        EventType.PROGRAM_WINDOW,
        EventType.PROGRAM_NOMINATED,
        EventType.PROGRAM_DECIDED,
        EventType.PROGRAM_QUARTER,
        EventType.PROGRAM_TIER,
        EventType.PROGRAM_PLAN,
        EventType.PROGRAM_REVIEW,
        EventType.PROGRAM_REPORT,
    }
)


def said(event: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """The title and the sentence of a message of the program."""
    account = data.get("account_name") or data.get("account")
    match event:
        case EventType.PROGRAM_WINDOW:
            free = data["places"] - data["taken"]
            return (
                f"Nominations for {data['quarter']} are open",
                f"They close on {data['closes'][:10]}; {free} of {data['places']} strategic places are free.",
            )
        case EventType.PROGRAM_NOMINATED:
            return (
                f"{account} is nominated for {data['quarter']}",
                f"{data['rep']} nominates it; sales and marketing decide.",
            )
        case EventType.PROGRAM_DECIDED:
            place = f", place {data['place']}" if data["place"] else ""
            why = f": {data['reason'].rstrip('.')}" if data["reason"] else ""
            return (
                f"{account} for {data['quarter']}: {data['state']}{place}",
                f"Decided by {data['by']}{why}.",
            )
        case EventType.PROGRAM_QUARTER:
            counts = ", ".join(f"{len(data[name])} {name}" for name in ("entered", "stayed", "left"))
            return f"{data['quarter']} has begun", f"Strategic accounts: {counts}."
        case EventType.PROGRAM_TIER:
            tier = (data["tier"] or "in no tier any more").replace("_", " ")
            return f"{account} is {tier}", f"{data['reason'].rstrip('.')} ({data['by']})."
        case EventType.PROGRAM_PLAN:
            return f"The plan of {account} is agreed", f"By {data['ae']} and {data['marketing']}."
        case EventType.PROGRAM_REPORT:
            return (
                f"The 360 report on {account} can be read",
                f"From {data['since'][:10]} to {data['until'][:10]}, at {data['path']} of the console.",
            )
        case _:
            topics = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in data["agenda"].items())
            return f"The plan of {account} is to be reviewed", f"To talk of: {topics or 'nothing changed'}."
