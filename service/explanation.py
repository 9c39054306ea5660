"""A stored decision in words. Renders what the decision carries; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import matching.explain
import routing.explain
from matching.names import parse
from matching.types import Account, AliasKind, Candidate
from service.decision import Decision

CALLED: Mapping[AliasKind, str] = {
    AliasKind.FORMER: "a former name",
    AliasKind.BRAND: "a brand",
    AliasKind.TRANSLATION: "a translated name",
    AliasKind.ACRONYM: "a short name",
    AliasKind.DBA: "a trading name",
}
"""What an alias is, in words, where something is said of it."""


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
    names: tuple[str, ...]  # what the other names are that the evidence speaks of


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
    accounts = {account.id: account for account in decision.considered.accounts}
    return Explanation(
        summary=routing.explain.summary(decision.routing, names),
        match=matching.explain.sentence(decision.match),
        candidates=tuple(
            CandidateWords(
                account_id=candidate.account_id,
                account_name=candidate.account_name,
                score=candidate.score,
                lines=_lines(matching.explain.table(candidate)),
                names=_names(candidate, accounts.get(candidate.account_id)),
            )
            for candidate in decision.match.candidates
        ),
        ahead_by=_lines(matching.explain.comparison(decision.match)),
        rests_on=_lines(matching.explain.turning_points(decision.match)),
        routing=routing.explain.explain(decision.routing, names),
    )


def called(account: Account) -> Iterator[tuple[str, str]]:
    """Yield each other name of an account of which something is said, with what it is, in words."""
    for alias, kind in zip(account.aliases, account.alias_kinds, strict=False):
        if kind is not AliasKind.OTHER:
            yield alias, CALLED[kind]


def _names(candidate: Candidate, account: Account | None) -> tuple[str, ...]:
    """What is known of the other names of an account that evidence for or against it speaks of."""
    if account is None:
        return ()
    spoken = {each.account_value for each in candidate.evidence}
    return tuple(
        f"“{alias}” is {what} of the account"
        for alias, what in called(account)
        if not spoken.isdisjoint(name.clean for name in parse(alias))
    )


def _lines(rows: tuple[tuple[str, str], ...]) -> tuple[Line, ...]:
    return tuple(Line(points=points, words=words) for points, words in rows)
