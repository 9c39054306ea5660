"""Campaigns that begin and end by themselves: what becomes of those that share a place, up to a moment.

The personalised campaigns of an account share one place; any other has one of its own. A
campaign whose time comes while the place is taken waits, and begins when it becomes free;
one whose time is over before that never takes place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.program.core.plans import CampaignState


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A campaign as far as its times go: ``starts`` and ``until`` are None where a person says when."""

    id: str
    state: CampaignState
    starts: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A campaign that becomes something else at a moment."""

    id: str
    becomes: CampaignState
    at: datetime


def turns(sharing: Sequence[Timed], now: datetime) -> list[Turn]:
    """What becomes of campaigns that share one place, up to and including ``now``, in order."""
    states = {each.id: each.state for each in sharing}
    waiting = sorted((each for each in sharing if each.starts is not None), key=_order)
    moments = {moment for each in sharing for moment in (each.starts, each.until) if moment and moment < now}
    found: list[Turn] = []

    def turn(campaign: Timed, becomes: CampaignState, at: datetime) -> None:
        states[campaign.id] = becomes
        found.append(Turn(id=campaign.id, becomes=becomes, at=at))

    for at in sorted({*moments, now}):
        for each in sharing:
            if each.until is not None and each.until <= at and states[each.id] in _ENDS:
                turn(each, _ENDS[states[each.id]], at)
        due = (each for each in waiting if states[each.id] is CampaignState.PLANNED and _begun(each, at))
        first = next(due, None)
        if first is not None and CampaignState.ACTIVE not in states.values():
            turn(first, CampaignState.ACTIVE, at)
    return found


def runs(campaign: Timed, sharing: Sequence[Timed], now: datetime) -> bool:
    """Whether one of the campaigns that share a place runs, whether or not somebody has noted it yet."""
    becomes = {each.id: each.becomes for each in turns(sharing, now)}
    return becomes.get(campaign.id, campaign.state) is CampaignState.ACTIVE


_ENDS = {
    CampaignState.ACTIVE: CampaignState.DONE,
    CampaignState.PLANNED: CampaignState.CANCELLED,
}


def _begun(each: Timed, at: datetime) -> bool:
    return each.starts is not None and each.starts <= at


def _order(each: Timed) -> tuple[datetime, str]:
    assert each.starts is not None
    return each.starts, each.id
