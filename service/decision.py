"""The decision: one stored value that explains itself.

It carries what came in, what was considered and known, what was concluded and
why, and under which versions. `explain` renders it; nothing computes it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from matching.types import Considered, Contact, MatchResult, NormalizedContact, Remembered
from routing.types.decision import RoutingDecision
from routing.types.facts import RoutingFacts
from routing.types.people import RepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A contact event on its way in.

    ``event_key`` names the event: two events with one key are one event.
    ``digest`` is of the body as sent, so that a key used for another body is
    noticed. ``occurred_at`` orders the events of one contact; None means the
    source did not say, and the event counts as the newest. ``answers`` says, by
    rule, what became of the question or hold that an earlier decision left open;
    ``remembered`` is what a person has just said of this contact's account.
    ``again``: nothing came in; a person or a clock has the contact decided once more.
    """

    contact: Contact
    event_key: str
    digest: str
    occurred_at: datetime | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    remembered: tuple[Remembered, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What became of an incoming event.

    ``repeated``: the event was decided before, and this is that decision.
    ``conflict``: its key was used before for another body; the first stands.
    """

    decision: Decision
    repeated: bool
    conflict: bool


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
    """What was decided about one contact event, with everything it was decided on.

    ``shadow``: it was recorded beside another system and put nobody to work; then
    ``incumbent`` is whom that system gave the contact to, as far as it was known.
    """

    id: str
    event_key: str
    event_digest: str
    contact: Contact  # as known after the event: what it leaves out stays as it was
    normalized: NormalizedContact
    considered: Considered  # the accounts behind match.candidates, as they were
    match: MatchResult
    facts: RoutingFacts
    routing: RoutingDecision
    assignment: AssignmentView | None
    versions: Versions
    occurred_at: datetime
    at: datetime
    shadow: bool = False
    incumbent: str | None = None


_STORED: TypeAdapter[Decision] = TypeAdapter(Decision)


def to_json(decision: Decision) -> dict[str, Any]:
    """The decision as plain JSON values, as stored: what has its default value is left out."""
    plain: dict[str, Any] = _STORED.dump_python(decision, mode="json", exclude_defaults=True)
    return plain


def from_json(body: Any) -> Decision:
    """The decision again, equal to the one that was stored."""
    return _STORED.validate_python(body, strict=False)
