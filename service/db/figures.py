"""What reports count of a decision, written with it: narrow rows, so that no report reads one whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert

from routing.types.decision import Claim, Verdict
from routing.types.people import RepId
from service.db.tables import decision_figure as table
from service.decision import Decision

_LOST = (Verdict.OUTRANKED, Verdict.OVERTURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A decision, whether it started its assignment, whether nothing had come in, how many it was told to."""

    decision: Decision
    starts: bool
    again: bool
    told: int


def store(connection: Connection, decided: Sequence[Counted]) -> None:
    """Store the figures of decisions, in their transaction."""
    if decided:
        connection.execute(insert(table), [_row(each) for each in decided])


def _row(counted: Counted) -> dict[str, Any]:
    decision = counted.decision
    account = decision.facts.account
    return {
        "decision_id": decision.id,
        "at": decision.at,
        "received_at": decision.occurred_at,
        "source": decision.contact.source,
        "tier": account.tier if account else None,
        "match_outcome": decision.match.outcome,
        "routing_outcome": decision.routing.outcome,
        "rule": decision.routing.rule,
        "rep": decision.routing.assignee,
        "pool": decision.routing.pool,
        "started": decision.assignment.id if counted.starts and decision.assignment else None,
        "contested": _contested(decision.routing.claims, decision.routing.assignee),
        "conflict": _settled_by(decision.routing.claims),
        "told": counted.told,
        "again": counted.again,
        "motion": decision.contact.motion,
    }


def _contested(claims: Iterable[Claim], assignee: RepId | None) -> bool:
    """Whether a rule that lost claimed the contact for somebody else."""
    return any(each.verdict in _LOST and each.rep is not None and each.rep != assignee for each in claims)


def _settled_by(claims: Iterable[Claim]) -> str | None:
    """The entry of the conflicts section that decided, by an outcome or a preference."""
    decided = (Verdict.WON, Verdict.OVERTURNED)
    return min((each.conflict for each in claims if each.verdict in decided and each.conflict), default=None)
