"""Observations to points, points to a probability: the evidence of each candidate adds up to its score."""

from __future__ import annotations

from math import exp, log1p

from matching.features import Observation, Pair, View, observe
from matching.policy import MatchPolicy
from matching.types import Candidate, Evidence, EvidenceKind


def score(seen: View, beside: float = 0.0) -> tuple[Candidate, ...]:
    """Return a candidate for every account looked at, best first.

    ``beside`` are the odds of accounts that stand beside those looked at.

    The probability that a candidate is right is its odds against "no account"
    and against all other candidates at once; what the others take from it
    is evidence of the kind RIVALS. Ties keep the order of account ids, so the
    order in which accounts came in never matters.
    """
    found = [(pair, _evidence(pair, seen)) for pair in seen.pairs]
    own = [sum(item.points for item in evidence) for _, evidence in found]
    odds = [exp(min(points, 50.0)) for points in own]
    total = sum(odds) + beside
    made = [
        _candidate(pair, evidence, -log1p(max(0.0, total - mine)))
        for (pair, evidence), mine in zip(found, odds, strict=True)
    ]
    return tuple(sorted(made, key=lambda candidate: (-candidate.points, candidate.account_id)))


def _evidence(pair: Pair, seen: View) -> tuple[Evidence, ...]:
    found, policy = [], seen.policy
    for item in observe(pair, seen):
        if worth := points(item, policy):
            mine, theirs = item.contact_value, item.account_value
            found.append(Evidence(kind=item.kind, points=worth, contact_value=mine, account_value=theirs))
    return tuple(found)


def points(item: Observation, policy: MatchPolicy) -> float:
    """Return what an observation is worth under a policy, in natural-log odds."""
    if item.value is None:
        return policy.level(item.kind, item.level)
    return policy.curve(item.kind, item.level, item.value)


def _candidate(pair: Pair, evidence: tuple[Evidence, ...], rivals: float) -> Candidate:
    if rivals < -0.05:
        evidence = (
            *evidence,
            Evidence(kind=EvidenceKind.RIVALS, points=rivals, contact_value=None, account_value=None),
        )
    worth = sum(item.points for item in evidence)
    return Candidate(
        account_id=pair.account.id,
        account_name=pair.account.name,
        points=worth,
        score=probability(worth),
        evidence=evidence,
    )


def probability(worth: float) -> float:
    """Return the probability of natural-log odds."""
    return 1.0 / (1.0 + exp(-worth)) if worth > -500 else 0.0
