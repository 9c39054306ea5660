"""What becomes of a nomination when the sides have spoken, and in which order it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Where a nomination stands."""

    NOMINATED = "nominated"  # a side has not spoken yet
    WAITLISTED = "waitlisted"  # it has a place as soon as one is free
    APPROVED = "approved"  # it has a place, from the quarter's start
    ACTIVE = "active"  # the quarter has begun, and the account is strategic
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by who nominated, or for operations
    LAPSED = "lapsed"  # the quarter began, and it had no place


STANDING = (State.NOMINATED, State.WAITLISTED, State.APPROVED, State.ACTIVE)
"""The states in which there is one nomination for an account and quarter."""
OPEN = (State.NOMINATED, State.WAITLISTED, State.APPROVED)
"""The states in which reviewers may still speak, until the quarter begins."""


class Verdict(StrEnum):
    """What a side says."""

    APPROVE = "approve"
    WAITLIST = "waitlist"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one side says of a nomination. ``rank`` is its place in that side's order, 1 first."""

    side: str
    verdict: Verdict | None
    rank: int | None
    reason: str | None
    by: str
    by_id: str
    at: datetime


def settled(said: Mapping[str, Said], sides: Sequence[str]) -> State:
    """What the nomination is by what the sides say: one no is a no; one that waits has it wait.

    ``APPROVED`` means that the sides want it: whether a place is free is looked at then.
    """
    verdicts = [said[side].verdict if side in said else None for side in sides]
    if Verdict.DECLINE in verdicts:
        return State.DECLINED
    if None in verdicts:
        return State.NOMINATED
    return State.WAITLISTED if Verdict.WAITLIST in verdicts else State.APPROVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the order of nominations is made of: the ranks that sides gave, and when it was made."""

    id: str
    made_at: datetime
    ranks: tuple[int, ...]


def in_order(nominations: Iterable[Standing]) -> list[str]:
    """Nominations by the mean of their ranks, the best first; one without a rank behind those with one.

    Equal ones come in the order they were made, so the order is always the same.
    """

    def place(each: Standing) -> tuple[bool, float, datetime, str]:
        mean = sum(each.ranks) / len(each.ranks) if each.ranks else 0.0
        return not each.ranks, mean, each.made_at, each.id

    return [each.id for each in sorted(nominations, key=place)]
