"""The decision: one stored value that explains itself.

It carries what came in, what was considered and known, what was concluded and
why, and under which versions. `explain` renders it; nothing computes it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from matching.types import Account, Contact, MatchResult, NormalizedContact
from routing.types import Claim, Clock, RepId, RoutingDecision, RoutingFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A contact event on its way in.

    ``event_key`` names the event: two events with one key are one event.
    ``digest`` is of the body as sent, so that a key used for another body is
    noticed. ``occurred_at`` orders the events of one contact; it is never
    after ``received_at``.
    """

    contact: Contact
    event_key: str
    digest: str
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """The assignment a decision made or kept: whose the contact is, by when to act."""

    id: str
    rep: RepId
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What the decision was taken under."""

    policy: str
    rulebook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about one contact event, with everything it was decided on."""

    id: str
    event_key: str
    event_digest: str
    contact: Contact  # as known after the event: what it leaves out stays as it was
    normalized: NormalizedContact
    considered: tuple[Account, ...]  # the accounts behind match.candidates, as they were
    match: MatchResult
    facts: RoutingFacts
    routing: RoutingDecision
    assignment: AssignmentView | None
    versions: Versions
    occurred_at: datetime
    at: datetime


_STORED: TypeAdapter[Decision] = TypeAdapter(Decision)


def to_json(decision: Decision) -> dict[str, Any]:
    """The decision as plain JSON values, as stored."""
    plain: dict[str, Any] = _STORED.dump_python(decision, mode="json")
    return plain


def from_json(body: Any) -> Decision:
    """The decision again, equal to the one that was stored."""
    return _STORED.validate_python(body, strict=False)


__all__ = ["AssignmentView", "Claim", "Clock", "Decision", "Incoming", "Versions", "from_json", "to_json"]
