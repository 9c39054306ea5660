"""Observations to points, points to a probability: the evidence of each candidate adds up to its score."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log1p
from typing import NamedTuple

from matching.features import Look, Pair, View, looks
from matching.policy import MatchPolicy, interpolate
from matching.types import Account, AccountId, Candidate, Evidence, EvidenceKind

Piece = tuple[EvidenceKind, float, str | None, str | None]
"""The fields of `Evidence`, in order: bulk work shows few of the candidates it scores."""


class Scored(NamedTuple):
    """An account with the points of what speaks for and against it.

    ``own`` are its points without what its rivals take, ``points`` with it; ``score`` is their probability.
    """

    account: Account
    pieces: list[Piece]
    own: float
    points: float
    score: float

    @property
    def account_id(self) -> AccountId:
        """The id of the account."""
        return self.account.id

    def candidate(self) -> Candidate:
        """Return what a result keeps of it."""
        return Candidate(
            account_id=self.account.id,
            account_name=self.account.name,
            points=self.points,
            score=self.score,
            evidence=tuple(
                [
                    Evidence(kind=kind, points=points, contact_value=mine, account_value=theirs)
                    for kind, points, mine, theirs in self.pieces
                ]
            ),
        )


def score(seen: View, beside: float = 0.0) -> tuple[Scored, ...]:
    """Return every account looked at with its score, best first.

    ``beside`` are the odds of accounts that stand beside those looked at.

    The probability that a candidate is right is its odds against "no account"
    and against all other candidates at once; what the others take from it
    is evidence of the kind RIVALS. Ties keep the order of account ids, so the
    order in which accounts came in never matters.
    """
    looking = looks(seen)
    found = [_pieces(pair, looking, seen.policy) for pair in seen.pairs]
    own = [sum([points for _, points, _, _ in pieces]) for pieces in found]
    odds = list(map(odds_of, own))
    total = sum(odds) + beside
    made = [
        _scored(pair.account, pieces, points, -log1p(max(0.0, total - mine)))
        for pair, pieces, points, mine in zip(seen.pairs, found, own, odds, strict=True)
    ]
    made.sort(key=lambda each: (-each.points, each.account.id))
    return tuple(made)


def _pieces(pair: Pair, looking: Sequence[Look], policy: MatchPolicy) -> list[Piece]:
    found: list[Piece] = []
    worths, lines = policy.worths, policy.lines

    def say(
        kind: EvidenceKind,
        level: str,
        mine: str | None = None,
        theirs: str | None = None,
        value: float | None = None,
        /,
    ) -> None:
        if value is None:
            points = worths.get((kind, level))
        else:
            line = lines.get((kind, level))
            points = line and interpolate(*line, value)
        if points:
            found.append((kind, points, mine, theirs))

    for look in looking:
        look(pair, say)
    return found


def _scored(account: Account, pieces: list[Piece], own: float, rivals: float) -> Scored:
    worth = own
    if rivals < -0.05:
        pieces.append((EvidenceKind.RIVALS, rivals, None, None))
        worth += rivals
    return Scored(account, pieces, own, worth, probability(worth))


def odds_of(points: float) -> float:
    """Return the odds of points; of more than 50, which no sum need tell apart, those of 50."""
    return exp(min(points, 50.0))


def probability(worth: float) -> float:
    """Return the probability of natural-log odds."""
    return 1.0 / (1.0 + exp(-worth)) if worth > -500 else 0.0
