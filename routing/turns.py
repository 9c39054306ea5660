"""A pool's answer to a request: who it gives the contact, or what becomes of it when it gives nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from routing.rotation import Rotation, need_of
from routing.rules.base import Request
from routing.types.decision import RoutingOutcome
from routing.types.facts import RoutingFacts
from routing.types.people import RepId
from routing.types.pools import NobodyPolicy
from routing.types.rotation import RotationMove


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a request came to, and the rotation after it.

    ``move`` is None for a request that names no pool, or none we know.
    """

    outcome: RoutingOutcome
    assignee: RepId | None
    queue: str | None
    until: datetime | None
    code: str | None
    move: RotationMove | None
    rotation: Rotation

    @property
    def passes_on(self) -> bool:
        """Whether the pool leaves the contact to the next rule."""
        return self.move is not None and self.move.nobody is NobodyPolicy.NEXT_RULE


def take_turn(request: Request, facts: RoutingFacts, rotation: Rotation, now: datetime) -> Turn:
    """Carry out a request, taking the turn it needs."""
    if request.pool is None:
        if request.rep is not None and (facts.holder is None or facts.holder.rep != request.rep):
            rotation = rotation.given(request.rep, now)
        return Turn(
            outcome=request.outcome,
            assignee=request.rep,
            queue=request.queue,
            until=request.until,
            code=request.code,
            move=None,
            rotation=rotation,
        )
    if request.pool not in rotation.pools:
        return _nobody(None, RoutingOutcome.HELD, None, "unknown_pool", rotation)
    need = need_of(facts)
    if need.holder is None and request.sticky is not None:
        need = replace(need, holder=request.sticky)
    move, rotation = rotation.draw_from(request.pool, now, need)
    if move.rep is not None:
        return Turn(
            outcome=request.outcome,
            assignee=move.rep,
            queue=request.queue,
            until=request.until,
            code=request.code,
            move=move,
            rotation=rotation,
        )
    if move.nobody is NobodyPolicy.QUEUE:
        return _nobody(move, RoutingOutcome.QUEUED, None, "nobody_available", rotation)
    until = rotation.somebody_at(move, facts.excluded, now)
    return _nobody(move, RoutingOutcome.HELD, until, "nobody_available", rotation)


def _nobody(
    move: RotationMove | None,
    outcome: RoutingOutcome,
    until: datetime | None,
    code: str,
    rotation: Rotation,
) -> Turn:
    return Turn(
        outcome=outcome,
        assignee=None,
        queue=move.queue if move is not None else None,
        until=until,
        code=code,
        move=move,
        rotation=rotation,
    )
