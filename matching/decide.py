"""Scores to an outcome: matched, review or unmatched, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

from matching.features import View
from matching.features.sides import AccountSide
from matching.policy import MatchPolicy, TieBreaker
from matching.scoring import probability
from matching.types import (
    Account,
    AccountId,
    Candidate,
    EvidenceKind,
    MatchOutcome,
    MatchReason,
    MatchResult,
    NormalizedContact,
)

SHOWN = 8
"""Candidates kept in a result."""

_AGAINST = frozenset((EvidenceKind.DOMAIN_OWNER, EvidenceKind.NAME_TAKEN))
_IDENTIFIES = frozenset(
    (EvidenceKind.DOMAIN, EvidenceKind.PHONE, EvidenceKind.CRM_ID, EvidenceKind.REMEMBERED)
)
_PLACES = frozenset(("region", "country", "state", "city"))


def decide(candidates: tuple[Candidate, ...], seen: View) -> MatchResult:
    """Return the outcome for candidates that are scored and ordered, best first."""
    policy, contact = seen.policy, seen.contact
    if not candidates:
        return _result(MatchOutcome.UNMATCHED, MatchReason.NO_CANDIDATE, None, candidates, policy)
    best = candidates[0]
    if best.score >= policy.thresholds.matched and _margin(candidates) >= policy.thresholds.margin:
        if any(flag.startswith("suspect") for flag in contact.flags):
            return _result(MatchOutcome.REVIEW, MatchReason.SUSPECT_INPUT, best, candidates, policy)
        if _only_place_tells(best, policy):
            return _result(MatchOutcome.REVIEW, MatchReason.NAMESAKES, best, candidates, policy)
        return _result(MatchOutcome.MATCHED, MatchReason.CLEAR, best, candidates, policy)
    chosen = _break_tie(candidates, seen)
    if chosen is not None:
        winner, decisive = chosen
        return _result(MatchOutcome.MATCHED, MatchReason.TIE_BROKEN, winner, candidates, policy, decisive)
    if not _worth_a_look(candidates, contact, policy):
        return _result(MatchOutcome.UNMATCHED, MatchReason.BELOW_REVIEW, None, candidates, policy)
    return _result(MatchOutcome.REVIEW, _doubt(candidates, contact, policy), best, candidates, policy)


def _doubt(candidates: tuple[Candidate, ...], contact: NormalizedContact, policy: MatchPolicy) -> MatchReason:
    best = candidates[0]
    if any(flag.startswith("suspect") for flag in contact.flags):
        return MatchReason.SUSPECT_INPUT
    if (
        not contact.names
        and _owns_domain(best)
        and len([item for item in candidates if _owns_domain(item)]) > 1
    ):
        return MatchReason.SHARED_DOMAIN
    if any(item.kind in _AGAINST and item.points <= -1.0 for item in best.evidence):
        return MatchReason.CONFLICT
    if probability(_own(best)) >= policy.thresholds.matched:
        return MatchReason.TOO_CLOSE
    return MatchReason.UNCERTAIN


def _only_place_tells(best: Candidate, policy: MatchPolicy) -> bool:
    """Tell whether another account has the same name, and nothing says which it is but where they are.

    People write from elsewhere, and accounts move: a place alone does not say
    who of two namesakes it is, unless a tie-breaker of the policy says so.
    """
    if not _speaks(best, EvidenceKind.NAME_TWIN) or any(each.by in _PLACES for each in policy.tie_breakers):
        return False
    return not any(item.kind in _IDENTIFIES and item.points > 0 for item in best.evidence)


def _worth_a_look(candidates: tuple[Candidate, ...], contact: NormalizedContact, policy: MatchPolicy) -> bool:
    """Tell whether a person should see the contact, though no candidate is sure.

    The best is likely enough, or some account owns the contact's domain or bears
    its company name: then a conflict, not a stranger, keeps it from matching.
    """
    if probability(_own(candidates[0])) >= policy.thresholds.review:
        return True
    named = "company_placeholder" not in contact.flags
    return any(_owns_domain(item) or (named and _speaks(item, EvidenceKind.NAME_SAME)) for item in candidates)


def _speaks(candidate: Candidate, kind: EvidenceKind) -> bool:
    return any(item.kind is kind for item in candidate.evidence)


def _owns_domain(candidate: Candidate) -> bool:
    """Tell whether a candidate owns a domain of the contact: that is always worth a look."""
    return any(item.kind is EvidenceKind.DOMAIN and item.points > 0 for item in candidate.evidence)


def _own(candidate: Candidate) -> float:
    """Return a candidate's points without what its rivals take."""
    return sum(item.points for item in candidate.evidence if item.kind is not EvidenceKind.RIVALS)


def _margin(candidates: tuple[Candidate, ...]) -> float:
    return _own(candidates[0]) - _own(candidates[1]) if len(candidates) > 1 else float("inf")


def _break_tie(candidates: tuple[Candidate, ...], seen: View) -> tuple[Candidate, str] | None:
    """Return the candidate that the policy's tie-breakers single out among equals, and which one decided.

    Equals are the candidates within the margin of the best that would each be
    sure enough alone, and together are: some account is right, the question is which.
    """
    policy = seen.policy
    if not policy.tie_breakers or any(flag.startswith("suspect") for flag in seen.contact.flags):
        return None
    top = _own(candidates[0])
    equals = [item for item in candidates if top - _own(item) <= policy.thresholds.margin]
    odds = sum(exp(min(_own(item), 50.0)) for item in equals)
    if len(equals) < 2 or odds / (1.0 + odds) < policy.thresholds.matched:
        return None
    sides = {pair.account.id: pair.side for pair in seen.pairs}
    for breaker in policy.tie_breakers:
        among = {item.account_id: sides[item.account_id] for item in equals}
        ranks = [_rank(breaker, side, among, seen.contact) for side in among.values()]
        kept = [item for item, rank in zip(equals, ranks, strict=True) if rank == min(ranks)]
        if len(kept) == 1:
            return kept[0], breaker.by
        equals = kept
    return None


def _rank(
    breaker: TieBreaker,
    side: AccountSide,
    equals: Mapping[AccountId, AccountSide],
    contact: NormalizedContact,
) -> int:
    """Return the place of an account under a tie-breaker, lower first."""
    if breaker.by == "hierarchy":
        return int(not _stands_as(breaker.prefer[0], side.account, equals))
    if breaker.by == "region":
        agreed = (_agrees(field, side, contact) for field in ("city", "state", "country"))
        return next((rank for rank, same in enumerate(agreed) if same), 3)
    if breaker.by in ("country", "state", "city"):
        return int(not _agrees(breaker.by, side, contact))
    order = [value.casefold() for value in breaker.prefer]
    held = (getattr(side.account, breaker.by) or "").casefold()
    return order.index(held) if held in order else len(order)


def _stands_as(preferred: str, account: Account, equals: Mapping[AccountId, AccountSide]) -> bool:
    if preferred == "ultimate":
        return account.parent_id is None
    if preferred == "parent":
        return account.parent_id not in equals
    return all(other.account.parent_id != account.id for other in equals.values())


def _agrees(field: str, side: AccountSide, contact: NormalizedContact) -> bool:
    held = {"country": side.country, "state": side.state, "city": side.city}[field]
    return held is not None and held == getattr(contact, field)


def _result(
    outcome: MatchOutcome,
    reason: MatchReason,
    winner: Candidate | None,
    candidates: tuple[Candidate, ...],
    policy: MatchPolicy,
    decisive: str | None = None,
) -> MatchResult:
    return MatchResult(
        outcome=outcome,
        reason=reason,
        account_id=winner.account_id if winner else None,
        score=winner.score if winner else 0.0,
        candidates=candidates[:SHOWN],
        decisive=decisive,
        policy_version=policy.version,
    )
