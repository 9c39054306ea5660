"""A company's own policy: the points drawn from the policy in force towards what its people answered.

A conditional logit over each contact's candidates and "no account",
P(candidate) = exp(points) / (1 + sum of exp(points) of all), as `matching.scoring`
has it, with a ridge towards the points in force: few answers move little, and
what they say nothing about stays. Newton's method in plain numpy; curves
stay monotone, and a person's word keeps its points.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.candidates import shortlist
from matching.decide import decide
from matching.design import Bound, Floats, Layout
from matching.features import View, observer, view
from matching.features.sides import account_side
from matching.policy import MatchPolicy
from matching.scoring import score
from matching.types import AccountId, Considered, MatchOutcome, NormalizedContact

RIDGES = (2.0, 8.0, 32.0, 128.0)
"""Weights tried for the squared distance, in points, from the policy in force; one answer weighs 1."""

FOLDS = 5
_ROUNDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One contact that a person answered for: what was considered then, and the right account, None for none.

    ``company`` tells companies apart: answers about one are never on both sides of a check.
    """

    contact: NormalizedContact
    considered: Considered
    right: AccountId | None
    company: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a policy makes of answered contacts. ``loss`` is the mean of -ln P(what the person said)."""

    answers: int
    matched: int
    matched_wrong: int
    review: int
    review_right: int  # of those in review, the best candidate is what the person said
    unmatched: int
    unmatched_wrong: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refit:
    """A refitted policy, and what the policy in force and it make of the same contacts.

    ``before`` and ``after`` are of contacts that the numbers used had not seen:
    each fifth of the companies is judged by a fit on the others.
    """

    policy: MatchPolicy
    before: Tally
    after: Tally


def refit(answered: Sequence[Answered], policy: MatchPolicy, name: str) -> Refit:
    """Fit a policy to people's answers. Raises ValueError when there are fewer than `FOLDS` companies."""
    cases = [_alone(each) for each in answered]
    if len({each.company for each in cases}) < FOLDS:
        raise ValueError(f"answers about at least {FOLDS} companies are needed")
    layout = Layout(policy)
    views = [_view(each, policy) for each in cases]
    problem = _Problem.of(cases, views, layout, policy)
    fold = np.array([_fold(each.company) for each in cases])
    ridge = min(RIDGES, key=lambda ridge: problem.unseen_loss(fold, ridge))
    before, after = [], []
    for number in range(FOLDS):
        fitted = layout.policy(policy, problem.fit(fold != number, ridge), name)
        for place in np.flatnonzero(fold == number):
            before.append(_judged(cases[place], views[place]))
            after.append(_judged(cases[place], replace(views[place], policy=fitted)))
    every = problem.fit(np.ones(len(cases), dtype=np.bool_), ridge)
    return Refit(policy=layout.policy(policy, every, name), before=_tally(before), after=_tally(after))


def _view(case: Answered, policy: MatchPolicy) -> View:
    close = shortlist(case.contact, case.considered)
    return view(case.contact, map(account_side, close), case.considered, policy)


def _alone(answered: Answered) -> Answered:
    """Return what evidence alone had to go by: without what people said and where the CRM has the contact."""
    return replace(
        answered,
        contact=replace(answered.contact, account_id=None),
        considered=replace(answered.considered, remembered=()),
    )


def _fold(company: str) -> int:
    return int(hashlib.sha256(company.encode()).hexdigest(), 16) % FOLDS


@dataclass(frozen=True, slots=True)
class _Judged:
    outcome: MatchOutcome
    right: bool
    chance: float  # the probability given to what the person said


def _judged(case: Answered, seen: View) -> _Judged:
    candidates = score(seen)
    result = decide(candidates, seen)
    chances = {candidate.account_id: candidate.score for candidate in candidates}
    chance = chances.get(case.right, 0.0) if case.right else 1.0 - sum(chances.values())
    said = result.account_id if result.outcome is not MatchOutcome.UNMATCHED else None
    return _Judged(result.outcome, said == case.right, chance)


def _tally(judged: Sequence[_Judged]) -> Tally:
    def count(outcome: MatchOutcome, right: bool | None = None) -> int:
        return sum(item.outcome is outcome and right in (None, item.right) for item in judged)

    return Tally(
        answers=len(judged),
        matched=count(MatchOutcome.MATCHED),
        matched_wrong=count(MatchOutcome.MATCHED, False),
        review=count(MatchOutcome.REVIEW),
        review_right=count(MatchOutcome.REVIEW, True),
        unmatched=count(MatchOutcome.UNMATCHED),
        unmatched_wrong=count(MatchOutcome.UNMATCHED, False),
        loss=float(-np.mean([np.log(max(item.chance, 1e-9)) for item in judged])),
    )


@dataclass(frozen=True, slots=True)
class _Problem:
    """The candidates of all cases, case after case, in the columns that any of them uses.

    ``group`` is the case of each row; ``right`` the row of each case's right candidate or -1.
    """

    rows: Floats
    group: NDArray[np.intp]
    right: NDArray[np.intp]
    used: NDArray[np.intp]
    start: Floats
    bounds: tuple[Bound, ...]

    @classmethod
    def of(
        cls, cases: Sequence[Answered], views: Sequence[View], layout: Layout, policy: MatchPolicy
    ) -> _Problem:
        rows: list[NDArray[np.float32]] = []
        group: list[int] = []
        right: list[int] = []
        for place, (case, seen) in enumerate(zip(cases, views, strict=True)):
            ids = [pair.account.id for pair in seen.pairs]
            right.append(len(rows) + ids.index(case.right) if case.right in ids else -1)
            rows += map(layout.row, map(observer(seen), seen.pairs))
            group += [place] * len(ids)
        every = np.array(rows, dtype=np.float64).reshape(len(rows), len(layout.columns))
        used = np.flatnonzero(every.any(axis=0))
        bounds = layout.bounds(policy)
        return cls(
            rows=every[:, used],
            group=np.array(group, dtype=np.intp),
            right=np.array(right, dtype=np.intp),
            used=used,
            start=layout.coefficients(policy),
            bounds=tuple(bounds[at] for at in used),
        )

    def unseen_loss(self, fold: NDArray[np.intp], ridge: float) -> float:
        """Return the sum of -ln P(what the person said) over the folds, each by a fit on the others."""
        fits = ((fold == number, self.fit(fold != number, ridge)) for number in range(FOLDS))
        return sum(self._loss(values[self.used], chosen) for chosen, values in fits)

    def _loss(self, values: Floats, chosen: NDArray[np.bool_]) -> float:
        points = self.rows @ values
        right = self.right[chosen & (self.right >= 0)]
        return float(self._log_totals(points, self.group)[chosen].sum() - points[right].sum())

    def fit(self, chosen: NDArray[np.bool_], ridge: float) -> Floats:
        """Return the coefficients most likely for the chosen cases; what would leave its bounds stays."""
        free = np.array([low is None or low != high for low, high in self.bounds])
        while True:
            values = self._newton(chosen, free, ridge)
            outside = free & self._outside(values)
            if not outside.any():
                break
            free &= ~outside
        out = self.start.copy()
        out[self.used] = values
        return out

    def _outside(self, values: Floats) -> NDArray[np.bool_]:
        low = np.array([-np.inf if low is None else low for low, _ in self.bounds])
        high = np.array([np.inf if high is None else high for _, high in self.bounds])
        return (values < low - 1e-9) | (values > high + 1e-9)

    def _newton(self, chosen: NDArray[np.bool_], free: NDArray[np.bool_], ridge: float) -> Floats:
        start = self.start[self.used]
        inside = chosen[self.group]
        rows, group = self.rows[inside], self.group[inside]
        right = self.right[chosen & (self.right >= 0)]
        gained = self.rows[right].sum(axis=0)

        def loss(values: Floats) -> float:
            away = values - start
            return self._loss(values, chosen) + float(ridge * away @ away)

        values = start.copy()
        for _ in range(_ROUNDS):
            points = rows @ values
            share = np.exp(points - self._log_totals(points, group)[group])
            means = np.zeros((len(chosen), len(values)))
            np.add.at(means, group, rows * share[:, None])
            slope = 2 * ridge * (values - start) + means.sum(axis=0) - gained
            bend = 2 * ridge * np.eye(len(values)) + (rows.T * share) @ rows - means.T @ means
            step = np.zeros(len(values))
            step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
            now = loss(values)
            while loss(values - step) > now and np.abs(step).max() > 1e-6:
                step /= 2
            values -= step
            if np.abs(step).max(initial=0.0) < 1e-4:
                break
        return values

    def _log_totals(self, points: Floats, group: NDArray[np.intp]) -> Floats:
        """Return the logarithm of 1 + the candidates' odds, for each case."""
        top = np.zeros(len(self.right))
        np.maximum.at(top, group, points)
        total = np.exp(-top)
        np.add.at(total, group, np.exp(points - top[group]))
        return np.asarray(np.log(total) + top)
