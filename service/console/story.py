"""A stored decision as the parts of its page. Nothing is decided or computed again here.

The sentences are those of `matching.explain` and `routing.explain`; this
module chooses, orders and measures for the eye.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from matching import explain as matching
from routing import explain as routing
from routing.rotation.explain import SKIPS
from routing.types.clocks import Clock
from routing.types.decision import Claim, RoutingDecision, Verdict
from routing.types.people import RepId
from routing.types.rotation import SkipReason
from service.console.reasons import Reason, reasons_of
from service.decision import Decision
from service.rulebook.comparison import placement

SHOWN_CANDIDATES = 3
"""Candidates that are open at once; the others are one click away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateView:
    """An account that was considered. ``chosen``: the one the match is about."""

    id: str
    name: str
    place: str
    score: float
    points: float
    chosen: bool
    evidence: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """A rule's claim: what became of it, in words, and why the rule exists."""

    rule: str
    verdict: str
    text: str
    because: str | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipView:
    """A member of a pool who was passed over, and why."""

    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A promise and when it is due."""

    name: str
    span: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A decision for a reader: what happened, and every reason for it.

    ``spoke`` are the rules that applied, the deciding one first; ``silent``
    those that did not, each with the condition that failed.
    """

    headline: str
    because: str | None
    match: str
    candidates: tuple[CandidateView, ...]
    others: tuple[CandidateView, ...]
    gap: tuple[tuple[str, str], ...]
    spoke: tuple[ClaimView, ...]
    silent: tuple[ClaimView, ...]
    skipped: tuple[SkipView, ...]
    clocks: tuple[ClockView, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """What another rulebook makes of a contact. ``differs``: it puts it in another place."""

    outcome: str
    headline: str
    lines: tuple[str, ...]
    differs: bool


def otherwise(decision: Decision, other: RoutingDecision, names: Mapping[str, str]) -> Otherwise:
    """How a decision would be routed by another rulebook, beside how it was."""
    known = {RepId(key): name for key, name in names.items()}
    known |= {rep.id: rep.name for rep in decision.facts.reps.values()}
    return Otherwise(
        outcome=other.outcome.value,
        headline=routing.summary(other, known),
        lines=routing.explain(other, known),
        differs=placement(decision.routing).place != placement(other).place,
    )


def tell(decision: Decision, names: Mapping[str, str]) -> Story:
    """The story of a decision. ``names`` are reps' names by id; the decision's own stand above them."""
    known = {RepId(key): name for key, name in names.items()}
    known |= {rep.id: rep.name for rep in decision.facts.reps.values()}
    candidates = _candidates(decision)
    claims = [_claim(claim, known) for claim in decision.routing.claims]
    silent = (Verdict.NOT_APPLICABLE, Verdict.EXPIRED, Verdict.NOT_YET)
    spoke = [claim for claim in claims if claim.verdict not in silent]
    move = decision.routing.move
    passed = move.skipped if move is not None else ()
    return Story(
        headline=routing.summary(decision.routing, known),
        because=next((c.because for c in decision.routing.claims if c.verdict is Verdict.WON), None),
        match=matching.sentence(decision.match),
        candidates=candidates[:SHOWN_CANDIDATES],
        others=candidates[SHOWN_CANDIDATES:],
        gap=matching.comparison(decision.match)[:5],
        spoke=tuple(sorted(spoke, key=lambda claim: claim.verdict != Verdict.WON)),
        silent=tuple(claim for claim in claims if claim.verdict in silent),
        skipped=tuple(SkipView(who=known.get(each.rep, each.rep), why=_skip(each.reason)) for each in passed),
        clocks=tuple(map(_clock, decision.routing.clocks)),
        told=tuple(known.get(rep, rep) for rep in decision.routing.notify),
    )


def _candidates(decision: Decision) -> tuple[CandidateView, ...]:
    found = decision.match.candidates
    places = {account.id: account for account in decision.considered.accounts}
    return tuple(
        CandidateView(
            id=each.account_id,
            name=each.account_name,
            place=", ".join(
                part
                for part in (getattr(places.get(each.account_id), name, None) for name in ("city", "country"))
                if part
            ),
            score=each.score,
            points=each.points,
            chosen=each.account_id == decision.match.account_id,
            evidence=told,
        )
        for each, told in zip(found, reasons_of(found), strict=True)
    )


def _claim(claim: Claim, names: Mapping[RepId, str]) -> ClaimView:
    text = routing.claim_sentence(claim, names)
    if claim.verdict is Verdict.WON and claim.finding is not None:
        text += f" It applies because {routing.finding_sentence(claim.finding, held=True)}."
    return ClaimView(
        rule=claim.rule,
        verdict=claim.verdict.value,
        text=text,
        because=claim.because,
        reference=claim.reference,
    )


def _skip(reason: SkipReason) -> str:
    return SKIPS[reason].format(rep="").strip()


def _clock(clock: Clock) -> ClockView:
    hours, rest = divmod(clock.minutes, 60)
    span = " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)
    if clock.calendar == "business":
        span += " of the rep's working time"
    return ClockView(name=clock.name.replace("_", " "), span=span, due_at=clock.due_at)
