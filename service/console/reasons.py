"""What speaks for and against an account, as the console draws it: a row for each family of evidence."""

from __future__ import annotations

from collections.abc import Sequence
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


def reasons_of(candidates: Sequence[Candidate]) -> list[tuple[Reason, ...]]:
    """What speaks for and against each of some accounts, family by family: theirs stand in like places."""
    told = [explain.families(each, _TOLD) for each in candidates]
    largest = max((abs(points) for each in told for points, _ in each), default=0.0) or 1.0
    return [
        tuple(
            Reason(points=points, share=points / largest, text=words[:1].upper() + words[1:])
            for points, words in each
        )
        for each in told
    ]
