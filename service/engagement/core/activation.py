"""When signals activate an account, and when they do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.types.facts import ActivationKind, ProgramTier
from service.program.core.settings import Activating


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account as it stands at a moment.

    ``newest`` is the time of the newest signal that has just been heard of it; ``until`` the end of the
    activation that stands, or stood last.
    """

    tier: ProgramTier | None
    score: float
    people: int
    stage: str | None
    newest: datetime
    until: datetime | None


def activates(standing: Standing, settings: Activating, now: datetime) -> ActivationKind | None:
    """What activates an account now; None: nothing does.

    While one activation stands there is none other, whatever is heard. What is heard later than
    ``late_days`` after it happened activates nothing. An account that goes on being engaged is activated
    anew once the period is over, by the next signal. Where several hold, the nearest to a purchase is named:
    the buying stage, then people, then the score.
    """
    if standing.tier is None or standing.tier not in settings.tiers:
        return None
    if standing.until is not None and now < standing.until:
        return None
    if standing.newest < now - timedelta(days=settings.late_days):
        return None
    if standing.stage is not None and standing.stage.casefold() in _folded(settings.stages):
        return ActivationKind.STAGE
    if standing.people >= settings.people:
        return ActivationKind.PEOPLE
    return ActivationKind.SCORE if standing.score >= settings.score else None


def ends(settings: Activating, now: datetime) -> datetime:
    """Until when an activation stands that happens now."""
    return now + timedelta(days=settings.period_days)


def _folded(stages: tuple[str, ...]) -> frozenset[str]:
    return frozenset(stage.casefold() for stage in stages)
