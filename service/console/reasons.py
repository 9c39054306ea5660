"""What speaks for and against an account, as the console draws it: a row for each family of evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matching import explain
from matching.types import Candidate

_TOLD = 2  # pieces of evidence of a family: more is a wall of words


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What a family of evidence says. ``share``: its points over the most there are, -1 to 1."""

    points: float
    share: float
    text: str


def reasons(candidate: Candidate, largest: float) -> tuple[Reason, ...]:
    """What each family says of an account, in their order: two accounts show theirs in like places."""
    return tuple(
        Reason(points=points, share=points / largest, text=words[:1].upper() + words[1:])
        for points, words in explain.families(candidate, _TOLD)
    )


def largest_of(candidates: Iterable[Candidate]) -> float:
    """The most points, for or against, that a family gives one of some accounts: the longest bar."""
    found = (abs(points) for each in candidates for points, _ in explain.families(each))
    return max(found, default=0.0) or 1.0
