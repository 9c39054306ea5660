"""The evidence of a dispute: what the CRM and the log say, put together when it is opened.

"If it is not in the CRM, it does not exist": activities, opportunities and
ownership are what a dispute is decided on, so they are kept as they were then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

from routing.types.decision import Claim
from service.db import accounts, credit, evidence
from service.db.contacts import Known
from service.decision import Decision

DAYS = 400
MOST = 200
"""How far back activities are listed, and how many of anything at most."""

_CLAIMS: TypeAdapter[Sequence[Claim]] = TypeAdapter(Sequence[Claim])


def gathered(connection: Connection, known: Known, about: Decision, now: datetime) -> dict[str, Any]:
    """Everything about the contact that speaks for one rep or another, as JSON values."""
    account = about.match.account_id
    found = _activities(connection, known.external_id, account, now)
    return {
        "decision": {
            "id": about.id,
            "at": about.at.isoformat(),
            "outcome": about.routing.outcome.value,
            "rule": about.routing.rule,
            "assignee": about.routing.assignee,
            "by_hand": about.routing.hand.by if about.routing.hand else None,
            "account": account,
            "score": about.match.score,
            "rulebook": about.versions.rulebook,
        },
        "claims": _CLAIMS.dump_python(about.routing.claims, mode="json"),
        "activities": found,
        "activity_counts": _counted(found),
        "opportunities": _opportunities(connection, account),
        "ownership": _ownership(connection, account),
        "decisions": _decisions(connection, known.row),
        "assignments": _assignments(connection, known.row),
        "credit": [
            {"kind": each.kind, "rep": each.rep, "share": each.share / credit.WHOLE, "rule": each.rule}
            for each in credit.standing(connection, [known.row]).get(known.row, [])
        ],
    }


def _activities(
    connection: Connection, contact: str | None, account: str | None, now: datetime
) -> list[dict[str, Any]]:
    rows = evidence.activities(connection, contact, account, now - timedelta(days=DAYS), MOST)
    return [
        {
            "id": row.external_id,
            "rep": row.rep,
            "kind": row.kind,
            "direction": row.direction,
            "at": row.at.isoformat(),
            "with_contact": contact is not None and row.contact == contact,
        }
        for row in rows
    ]


def _counted(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How much each rep did, of which kind: the first thing that is asked for."""
    counts = Counter((each["rep"] or "", each["kind"], each["direction"]) for each in found)
    return [
        {"rep": rep or None, "kind": kind, "direction": direction, "count": count}
        for (rep, kind, direction), count in sorted(counts.items())
    ]


def _opportunities(connection: Connection, account: str | None) -> list[dict[str, Any]]:
    return [
        {
            "id": row.external_id,
            "owner": row.owner,
            "stage": row.stage,
            "opened_at": row.opened_at.isoformat() if row.opened_at else None,
            "closed_at": row.closed_at.isoformat() if row.closed_at else None,
            "won": row.won,
        }
        for row in evidence.opportunities(connection, account, MOST)
    ]


def _ownership(connection: Connection, account: str | None) -> list[dict[str, Any]]:
    state = accounts.get(connection, account) if account else None
    return [
        {
            "role": role,
            "rep": span.value,
            "from": span.starts.isoformat() if span.starts else None,
            "until": span.until.isoformat() if span.until else None,
        }
        for role, spans in (sorted(state.roles.items()) if state else ())
        for span in spans
    ]


def _decisions(connection: Connection, contact_row: int) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id,
            "at": row.at.isoformat(),
            "outcome": row.routing_outcome,
            "rule": row.rule,
            "rep": row.rep,
        }
        for row in evidence.decisions(connection, contact_row, MOST)
    ]


def _assignments(connection: Connection, contact_row: int) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id,
            "rep": row.rep,
            "status": row.status,
            "assigned_at": row.assigned_at.isoformat(),
            "touched_at": row.touched_at.isoformat() if row.touched_at else None,
            "ended_at": row.ended_at.isoformat() if row.ended_at else None,
            "reason": row.reason,
        }
        for row in evidence.assignments(connection, contact_row, MOST)
    ]
