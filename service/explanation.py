"""A stored decision in words. Renders what the decision carries; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

import matching.explain
import routing.explain
from service.decision import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One piece of evidence in words, with its points (natural-log odds, signed)."""

    points: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateWords:
    """What spoke for and against one account; the points add up to the last line."""

    account_id: str
    account_name: str
    score: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision as a story.

    ``match`` says which account and why; ``candidates`` has the evidence for
    each, best first; ``ahead_by`` what separates the best from the next, and
    ``rests_on`` what would have changed the answer.
    ``routing`` says who acts, by which rule, and what became of every other.
    """

    summary: str
    match: str
    candidates: tuple[CandidateWords, ...]
    ahead_by: tuple[Line, ...]
    rests_on: tuple[Line, ...]
    routing: tuple[str, ...]


def explain(decision: Decision) -> Explanation:
    """The decision in words, with reps called by their names."""
    names = {rep.id: rep.name for rep in decision.facts.reps.values()}
    return Explanation(
        summary=routing.explain.summary(decision.routing, names),
        match=matching.explain.sentence(decision.match),
        candidates=tuple(
            CandidateWords(
                account_id=candidate.account_id,
                account_name=candidate.account_name,
                score=candidate.score,
                lines=_lines(matching.explain.table(candidate)),
            )
            for candidate in decision.match.candidates
        ),
        ahead_by=_lines(matching.explain.comparison(decision.match)),
        rests_on=_lines(matching.explain.turning_points(decision.match)),
        routing=routing.explain.explain(decision.routing, names),
    )


def _lines(rows: tuple[tuple[str, str], ...]) -> tuple[Line, ...]:
    return tuple(Line(points=points, words=words) for points, words in rows)
