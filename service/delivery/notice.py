"""What a rep is told, in words: one sentence that says why, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.types.people import Rep, RepId
from service.db import reps
from service.db.engine import Database
from service.db.outbox import Message
from service.delivery import program_words
from service.delivery.links import LASTS, Action, Link, Links
from service.delivery.outbox import EventType
from service.records.reserved import ACTIVATION

EVENTS = program_words.EVENTS | {
    EventType.ASSIGNED,
    EventType.REMINDER,
    EventType.BREACHED,
    EventType.ESCALATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice to one rep. ``accept`` and ``reject`` are addresses, None where there is nothing to answer."""

    rep: Rep
    title: str
    reason: str
    due: str | None
    accept: str | None
    reject: str | None


def notices(database: Database, links: Links, message: Message) -> list[Notice]:
    """The notices of a message; none where it tells nobody anything new. Reps who are gone are left out."""
    data = message.payload["data"]
    if message.type == EventType.ASSIGNED and data["routing"]["kept"]:
        return []  # the rep has the contact already
    wanted = _told(message.type, data)
    with database.read() as connection:
        known = reps.by_id(connection, [RepId(each) for each in wanted])
    return [
        _notice(links, message, data, known[RepId(each)], holder=each == _holder(data))
        for each in wanted
        if RepId(each) in known
    ]


def _told(event: str, data: Mapping[str, Any]) -> list[str]:
    holder = _holder(data)
    named = [holder] if event == EventType.ASSIGNED else data.get("notify", [])
    return list(dict.fromkeys(each for each in named if each))


def _holder(data: Mapping[str, Any]) -> str | None:
    assignment = data.get("assignment")
    return assignment["rep"] if assignment else None


def _notice(links: Links, message: Message, data: Mapping[str, Any], rep: Rep, *, holder: bool) -> Notice:
    assignment = data.get("assignment") or {}
    due_at = assignment.get("due_at") or data.get("due_at")
    answers = holder and message.type in (EventType.ASSIGNED, EventType.REMINDER)
    made = _links(links, message, assignment["id"], rep) if answers else {}
    title, reason = _words(message.type, data)
    return Notice(
        rep=rep,
        title=title,
        reason=reason,
        due=_in_words(due_at, rep.time_zone) if due_at else None,
        accept=made.get(Action.ACCEPT),
        reject=made.get(Action.REJECT),
    )


def _links(links: Links, message: Message, assignment_id: str, rep: Rep) -> dict[Action, str]:
    ends_at = datetime.fromisoformat(message.payload["timestamp"]) + LASTS
    return {
        action: links.url(
            Link(
                notice=f"{message.id}:{rep.id}"[:255],
                assignment_id=assignment_id,
                rep=rep.id,
                action=action,
                ends_at=ends_at,
            )
        )
        for action in Action
    }


def _words(event: str, data: Mapping[str, Any]) -> tuple[str, str]:
    if event in program_words.EVENTS:
        return program_words.said(event, data)
    if event == EventType.ASSIGNED:
        return f"{_who(data)} is yours", _why(data["routing"])
    clock, rep = data["clock"], _holder(data)
    if event == EventType.REMINDER:
        return f"The clock {clock!r} is about to run out", f"It runs out in {data['minutes_before']} minutes."
    if event == EventType.BREACHED:
        return f"The clock {clock!r} has run out", f"What becomes of the contact: {data['then']}."
    return f"The clock {clock!r} of {rep} has run out", f"{rep} has not acted in time: please see to it."


def _who(data: Mapping[str, Any]) -> str:
    contact, account = data["contact"], data["match"]["account_name"]
    name = " ".join(contact[part] for part in ("first_name", "last_name") if contact.get(part))
    of = account or contact.get("company")
    if (contact.get("external_id") or "").startswith(ACTIVATION):
        return f"The account {of}, which signals activated,"
    person = name or contact.get("email") or "A contact"
    return f"{person} of {of}" if of else person


def _why(routing: Mapping[str, Any]) -> str:
    """Why the contact is this rep's, in one sentence."""
    hand = routing.get("hand")
    if hand:
        return f"{hand['by']} put the contact in your hands: {hand['reason']}."
    if routing["because"]:
        return f"By the rule {routing['rule']!r}: {routing['because'].rstrip('.')}."
    if routing["pool"]:
        return f"By the rule {routing['rule']!r} it was your turn in the pool {routing['pool']!r}."
    return f"By the rule {routing['rule']!r}." if routing["rule"] else "No rule claimed the contact."


def _in_words(moment: str, zone: str) -> str:
    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        known = ZoneInfo("UTC")
    return datetime.fromisoformat(moment).astimezone(known).strftime("%a %d %b %Y %H:%M %Z")


def plain(notice: Notice) -> Sequence[str]:
    """The notice as lines of plain text, without its title."""
    lines = [notice.reason]
    if notice.due:
        lines.append(f"Please act by {notice.due}.")
    if notice.accept and notice.reject:
        lines += ["", f"Accept: {notice.accept}", f"Reject: {notice.reject}"]
    return lines
