"""Observations to points, points to a probability: the evidence of each candidate adds up to its score."""

from __future__ import annotations

from math import exp, log1p

from matching.features import Observation, View, observer
from matching.policy import MatchPolicy
from matching.types import Account, Candidate, Evidence, EvidenceKind


def score(seen: View, beside: float = 0.0) -> tuple[Candidate, ...]:
    """Return a candidate for every account looked at, best first.

    ``beside`` are the odds of accounts that stand beside those looked at.

    The probability that a candidate is right is its odds against "no account"
    and against all other candidates at once; what the others take from it
    is evidence of the kind RIVALS. Ties keep the order of account ids, so the
    order in which accounts came in never matters.
    """
    observe, policy = observer(seen), seen.policy
    found = [_evidence(observe(pair), policy) for pair in seen.pairs]
    own = [sum([item.points for item in evidence]) for evidence in found]
    odds = [exp(min(points, 50.0)) for points in own]
    total = sum(odds) + beside
    made = [
        _candidate(pair.account, evidence, points, -log1p(max(0.0, total - mine)))
        for pair, evidence, points, mine in zip(seen.pairs, found, own, odds, strict=True)
    ]
    made.sort(key=lambda candidate: (-candidate.points, candidate.account_id))
    return tuple(made)


def _evidence(seen: list[Observation], policy: MatchPolicy) -> list[Evidence]:
    level, curve = policy.level, policy.curve
    return [
        Evidence(kind=kind, points=points, contact_value=mine, account_value=theirs)
        for kind, said, mine, theirs, value in seen
        if (points := level(kind, said) if value is None else curve(kind, said, value))
    ]


def _candidate(account: Account, evidence: list[Evidence], own: float, rivals: float) -> Candidate:
    worth = own
    if rivals < -0.05:
        evidence.append(
            Evidence(kind=EvidenceKind.RIVALS, points=rivals, contact_value=None, account_value=None)
        )
        worth += rivals
    return Candidate(
        account_id=account.id,
        account_name=account.name,
        points=worth,
        score=probability(worth),
        evidence=tuple(evidence),
    )


def probability(worth: float) -> float:
    """Return the probability of natural-log odds."""
    return 1.0 / (1.0 + exp(-worth)) if worth > -500 else 0.0
