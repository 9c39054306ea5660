"""What a decision says to the outside, queued in the decision's own transaction.

The body of every message is ``{"type", "timestamp", "data"}``, the shape that
Standard Webhooks recommends. ``data`` says who came in, which account it is,
who acts and by which rule; the full explanation is at /v1/decisions/{id}.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from matching.types import Contact, MatchOutcome, MatchResult
from routing.types.decision import RoutingDecision, RoutingOutcome, Verdict
from routing.types.facts import Holder
from service.db import destinations
from service.db import outbox as rows
from service.db.destinations import Destination
from service.db.outbox import Message
from service.decision import AssignmentView, Decision


class EventType(StrEnum):
    """What destinations can be told of."""

    ASSIGNED = "contact.assigned"  # a rep has the contact, anew or still
    HELD = "contact.held"  # kept until a time, or until someone is available
    QUEUED = "contact.queued"  # put in a queue
    REJECTED = "contact.rejected"  # nobody acts
    ASKED = "contact.asked"  # a person must answer a question first
    REVIEW = "contact.review"  # a person should confirm the account
    REMINDER = "assignment.reminder"  # a clock is about to run out
    BREACHED = "assignment.breached"  # a clock ran out, and what became of the contact
    ESCALATED = "assignment.escalated"  # a clock ran out: for those who are to see to it
    REP_OFFLINE = "rep.offline"  # a rep let clocks run out too often and was switched offline
    RULEBOOK_PUBLISHED = "rulebook.published"  # a scheduled version went live
    RULEBOOK_REFUSED = "rulebook.refused"  # a scheduled version did not go live; the problems say why
    DISPUTE_OPENED = "dispute.opened"  # a rep claims a contact that another has
    DISPUTE_ESCALATED = "dispute.escalated"  # it was not settled in time: for those who are to settle it now
    DISPUTE_RESOLVED = "dispute.resolved"  # how it ended
    HANDOVER_APPLIED = "handover.applied"  # what a rep had has passed on; the message says how much to whom
    HANDOVER_UNDONE = "handover.undone"  # it was put back
    HANDOVER_RETURNED = "handover.returned"  # a leave has ended, and what nobody touched has come back
    RULEBOOK_DRIFT = "rulebook.drift"  # shares moved away from what they were before the publication
    PROGRAM_WINDOW = "program.window_opened"  # nominations for the next quarter are taken
    PROGRAM_NOMINATED = "program.nominated"  # a rep nominates an account; for the reviewers
    PROGRAM_DECIDED = "program.decided"  # a nomination was approved, declined, put on the waitlist, withdrawn
    PROGRAM_QUARTER = "program.quarter_began"  # who entered the strategic tier, stayed and left
    PROGRAM_TIER = "program.tier_changed"  # an account is in another tier from now on, or in none
    PROGRAM_PLAN = "program.plan_agreed"  # sales and marketing agree on the plan of an account
    PROGRAM_REVIEW = "program.review_due"  # a plan is to be reviewed; the message has the agenda
    PROGRAM_REPORT = "program.report_made"  # the 360 report on an account can be read; the message says where


_BY_OUTCOME: dict[RoutingOutcome, EventType | None] = {
    RoutingOutcome.ASSIGNED: EventType.ASSIGNED,
    RoutingOutcome.HELD: EventType.HELD,
    RoutingOutcome.QUEUED: EventType.QUEUED,
    RoutingOutcome.REJECTED: EventType.REJECTED,
    RoutingOutcome.ASKED: EventType.ASKED,
    RoutingOutcome.SUPERSEDED: None,  # it changed nothing, so there is nothing to tell
}


def enqueue(
    connection: Connection, settled: Sequence[tuple[int, Decision]], now: datetime
) -> Mapping[str | None, int]:
    """Queue what destinations are to be told of these decisions, each given with its contact's row.

    Returns how many messages there are about each decision, by its id.

    Call it in the transaction that stores the decisions: they and their
    messages stand together or not at all.
    """
    told = [each for each in destinations.listed(connection) if each.disabled_reason is None]
    queued = messages(settled, told)
    rows.add(connection, queued, now)
    return Counter(message.decision_id for message in queued)


def announce(
    connection: Connection,
    event: EventType,
    subject: str,
    data: dict[str, Any],
    now: datetime,
    *,
    about: tuple[int, str] | None = None,
) -> None:
    """Queue a message other than of a decision, in the transaction of what it tells of.

    ``subject`` names what it is about; with the event it makes the message's id.
    ``about`` is a contact's row and its decision, where it is about one: it then
    keeps its place among the contact's messages.
    """
    body = {"type": event.value, "timestamp": stamp(now), "data": data}
    queued = [
        Message(
            id=f"msg_{subject}_{event.replace('.', '_')}",
            destination_id=each.id,
            type=event,
            contact_row=about[0] if about else None,
            decision_id=about[1] if about else None,
            payload=body,
        )
        for each in destinations.listed(connection)
        if each.disabled_reason is None and each.wants(event)
    ]
    rows.add(connection, queued, now)


def messages(settled: Sequence[tuple[int, Decision]], told: Sequence[Destination]) -> list[Message]:
    """One message for each decision, event type and destination that wants it, in the order given."""
    return [
        Message(
            id=message_id(decision, event),
            destination_id=destination.id,
            type=event,
            contact_row=row,
            decision_id=decision.id,
            payload=payload(decision, event),
        )
        for row, decision in settled
        for event in events(decision)
        for destination in told
        if destination.wants(event)
    ]


def events(decision: Decision) -> list[EventType]:
    """What happened, as far as others want to know: who acts, and whether the account must be confirmed."""
    routed = _BY_OUTCOME[decision.routing.outcome]
    if routed is None:
        return []
    return [routed, EventType.REVIEW] if decision.match.outcome is MatchOutcome.REVIEW else [routed]


def message_id(decision: Decision, event: EventType) -> str:
    """The id of a message: the same for every attempt and every destination, without the signature's dot."""
    return f"msg_{decision.id}_{event.removeprefix('contact.').replace('.', '_')}"


def payload(decision: Decision, event: EventType) -> dict[str, Any]:
    """The body of a message, as plain JSON values."""
    return {
        "type": event.value,
        "timestamp": stamp(decision.at),
        "data": {
            "decision_id": decision.id,
            "event_key": decision.event_key,
            "contact": _contact(decision.contact),
            "match": _match(decision.match),
            "routing": _routing(decision.routing, decision.facts.holder),
            "assignment": _assignment(decision.assignment),
            "versions": asdict(decision.versions),
            "occurred_at": stamp(decision.occurred_at),
            "at": stamp(decision.at),
        },
    }


def _contact(contact: Contact) -> dict[str, Any]:
    """What is known of the contact; its custom fields stay here, to keep messages small."""
    known = {name: value for name, value in asdict(contact).items() if value is not None and name != "custom"}
    if contact.occurred_at is not None:
        known["occurred_at"] = stamp(contact.occurred_at)
    return known


def _match(match: MatchResult) -> dict[str, Any]:
    best = next((each for each in match.candidates if each.account_id == match.account_id), None)
    return {
        "outcome": match.outcome.value,
        "account_id": match.account_id,
        "account_name": best.account_name if best else None,
        "score": match.score,
    }


def _routing(routing: RoutingDecision, holder: Holder | None) -> dict[str, Any]:
    """Who acts and why. ``hand`` is set when a person decided; ``previous_assignee`` had it before."""
    winners = (each for each in routing.claims if each.verdict is Verdict.WON and each.rule == routing.rule)
    won = next(winners, None)
    return {
        "outcome": routing.outcome.value,
        "rule": routing.rule,
        "because": won.because if won else None,
        "reference": won.reference if won else None,
        "assignee": routing.assignee,
        "previous_assignee": holder.rep if holder and holder.rep != routing.assignee else None,
        "pool": routing.pool,
        "queue": routing.queue,
        "code": routing.code,
        "until": stamp(routing.until) if routing.until else None,
        "kept": routing.kept,
        "asked": routing.asked,
        "question": routing.question,
        "choices": list(routing.choices),
        "hand": asdict(routing.hand) if routing.hand else None,
        "notify": list(routing.notify),
        "partner": routing.partner,
        "advice": [asdict(each) for each in routing.advice],
        "credits": [asdict(each) for each in routing.credits],
    }


def _assignment(assignment: AssignmentView | None) -> dict[str, Any] | None:
    if assignment is None:
        return None
    due_at = stamp(assignment.due_at) if assignment.due_at else None
    return {"id": assignment.id, "rep": assignment.rep, "due_at": due_at}


def stamp(moment: datetime) -> str:
    """A moment as messages have it: UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
