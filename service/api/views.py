"""What the API shows of decisions: the domain values, written straight to JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from pydantic import TypeAdapter
from starlette.responses import Response

from matching.types import Contact, MatchResult
from routing.types.decision import RoutingDecision
from routing.types.people import RepId
from routing.types.pools import PoolName
from service.db.assignments import Assignment, Status
from service.db.clocks import State, Ticking
from service.db.decisions import Position
from service.decision import AssignmentView, Decision, Versions
from service.problems import FieldError, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """A decision as callers see it: what came in, what was concluded, and why."""

    id: str
    event_key: str
    contact: Contact
    match: MatchResult
    routing: RoutingDecision
    assignment: AssignmentView | None
    versions: Versions
    occurred_at: datetime
    at: datetime
    shadow: bool  # recorded beside another system: nobody was put to work
    incumbent: str | None  # whom that system gave the contact to


def view(decision: Decision) -> DecisionView:
    """The decision without the facts it was taken on; those are at `/v1/decisions/{id}/facts`."""
    return DecisionView(
        id=decision.id,
        event_key=decision.event_key,
        contact=decision.contact,
        match=decision.match,
        routing=decision.routing,
        assignment=decision.assignment,
        versions=decision.versions,
        occurred_at=decision.occurred_at,
        at=decision.at,
        shadow=decision.shadow,
        incumbent=decision.incumbent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """A clock of an assignment as it stands.

    ``calendar`` is ``real``, ``assignee`` (the rep's working hours) or a calendar of the
    rulebook. ``overdue`` says that its time was up before what it waits for was done; ``left_minutes`` counts
    from ``counts_from``, in its calendar.
    """

    id: int
    assignment_id: str
    rep: RepId
    name: str
    state: State
    overdue: bool
    minutes: int
    left_minutes: int
    calendar: str
    started_at: datetime
    counts_from: datetime
    due_at: datetime
    remind_at: Sequence[datetime]
    paused_at: datetime | None
    pause_reason: str | None
    ended_at: datetime | None
    missed_at: datetime | None


def clock_state(each: Ticking, now: datetime) -> ClockState:
    """A clock in the words of the API."""
    clock = each.clock
    named = clock.terms.hours.name if clock.terms.hours else "assignee"
    open_ = each.state is State.RUNNING
    return ClockState(
        id=each.id,
        assignment_id=each.assignment_id,
        rep=each.rep,
        name=clock.name,
        state=each.state,
        overdue=(each.ended_at or now) > each.due_at if open_ or each.state is State.MET else False,
        minutes=clock.minutes,
        left_minutes=int(each.left.total_seconds() // 60),
        calendar=named if clock.calendar == "business" else "real",
        started_at=each.started_at,
        counts_from=each.anchor_at,
        due_at=each.due_at,
        remind_at=clock.remind_at,
        paused_at=each.paused_at,
        pause_reason=each.pause_reason,
        ended_at=each.ended_at,
        missed_at=each.missed_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentState:
    """An assignment as it stands: whose it is or was, what became of it, and its clocks, the next due first.

    ``touched_at`` is the rep's first touch; ``covers`` the absent rep for whom this one stands in.
    """

    id: str
    decision_id: str
    rep: RepId
    pool: PoolName | None
    status: Status
    reason: str | None
    due_at: datetime | None
    assigned_at: datetime
    accepted_at: datetime | None
    touched_at: datetime | None
    touched_by: str | None
    covers: RepId | None
    ended_at: datetime | None
    ended_by: str | None
    clocks: Sequence[ClockState]


def state(assignment: Assignment, ticking: Sequence[Ticking], now: datetime) -> AssignmentState:
    """The assignment without what only the database needs, with its clocks."""
    own = [each.name for each in fields(AssignmentState) if each.name != "clocks"]
    shown = {name: getattr(assignment, name) for name in own}
    return AssignmentState(**shown, clocks=[clock_state(each, now) for each in ticking])


def answer(
    adapter: TypeAdapter[Any], value: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """``value`` as the JSON answer. Our own values need no second validation on their way out."""
    return Response(adapter.dump_json(value, by_alias=True), status, headers, "application/json")


def cursor(position: Position) -> str:
    """A place in a list of decisions, opaque to callers."""
    return base64.urlsafe_b64encode(f"{position.at.isoformat()} {position.id}".encode()).decode()


def position(cursor: str | None) -> Position | None:
    """The place that a cursor stands for. Raises Invalid when it is none of ours."""
    if cursor is None:
        return None
    try:
        at, _, identifier = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        moment = datetime.fromisoformat(at)
    except (ValueError, binascii.Error):
        moment = None
    if moment is None or moment.tzinfo is None:
        error = FieldError(parameter="cursor", detail="must be a next_cursor of an earlier answer")
        raise Invalid("The cursor cannot be used", errors=[error])
    return Position(at=moment, id=identifier)


class Made(Protocol):
    """What lists of the newest are made of."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def made_at(self) -> datetime:
        """When it was made."""


def older(found: Sequence[Made], limit: int) -> str | None:
    """The cursor to what is behind the first ``limit``; None when nothing is."""
    last = found[limit - 1] if len(found) > limit else None
    return cursor(Position(at=last.made_at, id=last.id)) if last else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """Decisions, newest first. ``next_cursor`` is None on the last page."""

    decisions: Sequence[DecisionView]
    next_cursor: str | None
