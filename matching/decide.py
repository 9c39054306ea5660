"""Scores to an outcome: matched, review or unmatched, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from matching.features import View
from matching.features.sides import AccountSide
from matching.policy import MatchPolicy, TieBreaker
from matching.scoring import Scored, odds_of, probability
from matching.types import (
    Account,
    AccountId,
    EvidenceKind,
    MatchOutcome,
    MatchReason,
    MatchResult,
    NormalizedContact,
)

SHOWN = 8
"""Candidates kept of those scored."""

_AGAINST = frozenset((EvidenceKind.DOMAIN_OWNER, EvidenceKind.NAME_TAKEN))
_TELLS = frozenset((EvidenceKind.PHONE, EvidenceKind.CRM_ID, EvidenceKind.REMEMBERED))
_OWNS = frozenset((EvidenceKind.DOMAIN, EvidenceKind.DOMAIN_PART))
_IDENTIFIES = _TELLS | _OWNS
_PLACES = frozenset(("region", "country", "state", "city"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was concluded about a contact. ``candidates`` are all that were scored, best first.

    ``chosen`` is the account of a match or a review, ``decisive`` the tie-breaker that decided.
    """

    outcome: MatchOutcome
    reason: MatchReason
    chosen: Scored | None
    candidates: tuple[Scored, ...]
    decisive: str | None = None

    @property
    def account_id(self) -> AccountId | None:
        """The id of the account chosen."""
        return self.chosen.account.id if self.chosen else None

    def result(self, policy_version: str) -> MatchResult:
        """Return it as it is kept, with the candidates worth showing."""
        return MatchResult(
            outcome=self.outcome,
            reason=self.reason,
            account_id=self.account_id,
            score=self.chosen.score if self.chosen else 0.0,
            candidates=tuple([each.candidate() for each in self.candidates]),
            decisive=self.decisive,
            policy_version=policy_version,
        )


def decide(candidates: tuple[Scored, ...], seen: View) -> Judged:
    """Return the outcome for candidates that are scored and ordered, best first; the first `SHOWN` stay."""
    policy, contact, shown = seen.policy, seen.contact, candidates[:SHOWN]

    def judged(
        outcome: MatchOutcome, reason: MatchReason, chosen: Scored | None, decisive: str | None = None
    ) -> Judged:
        return Judged(outcome=outcome, reason=reason, chosen=chosen, candidates=shown, decisive=decisive)

    if not candidates:
        return judged(MatchOutcome.UNMATCHED, MatchReason.NO_CANDIDATE, None)
    best = candidates[0]
    if best.score >= policy.thresholds.matched and _margin(candidates) >= policy.thresholds.margin:
        if reserved := _reservation(best, seen):
            return judged(MatchOutcome.REVIEW, reserved, best)
        return judged(MatchOutcome.MATCHED, MatchReason.CLEAR, best)
    singled_out = _break_tie(candidates, seen)
    if singled_out is not None:
        winner, decisive = singled_out
        return judged(MatchOutcome.MATCHED, MatchReason.TIE_BROKEN, winner, decisive)
    if not _worth_a_look(candidates, contact, policy):
        return judged(MatchOutcome.UNMATCHED, MatchReason.BELOW_REVIEW, None)
    return judged(MatchOutcome.REVIEW, _doubt(best, seen), best)


def _reservation(best: Scored, seen: View) -> MatchReason | None:
    """Return why an account that is sure enough by its score is for a person to confirm, if it is."""
    if seen.contact.is_suspect:
        return MatchReason.SUSPECT_INPUT
    if _only_place_tells(best, seen.policy):
        return MatchReason.NAMESAKES
    return None if _is_told(best, _TELLS) else _claimed(best, seen)


def _claimed(best: Scored, seen: View) -> MatchReason | None:
    """Return what speaks against going by the domains: another's name, other owners, other domains."""
    owners = [[owner.id for owner in seen.owners[host]] for host in seen.hosts if host in seen.owners]
    own = [ids for ids in owners if best.account_id in ids]
    if seen.disputed and (not own or best.account_id in seen.disputed):
        return MatchReason.CONFLICT
    if own and (len(own) < len(owners) or seen.is_guest(best.account_id)):
        return MatchReason.CONFLICT
    shared = bool(own) and all(len(ids) > 1 for ids in own)
    if shared and (not seen.contact.is_named or seen.is_another(best.account_id)):
        return MatchReason.SHARED_DOMAIN
    return MatchReason.SHARED_DOMAIN if own and seen.is_elsewhere(best.account_id) else None


def _doubt(best: Scored, seen: View) -> MatchReason:
    if seen.contact.is_suspect:
        return MatchReason.SUSPECT_INPUT
    if claimed := _claimed(best, seen):
        return claimed
    if seen.disputed or any(kind in _AGAINST and points <= -1.0 for kind, points, _, _ in best.pieces):
        return MatchReason.CONFLICT
    if _only_place_tells(best, seen.policy):
        return MatchReason.NAMESAKES
    if probability(best.own) >= seen.policy.thresholds.matched:
        return MatchReason.TOO_CLOSE
    return MatchReason.UNCERTAIN


def _only_place_tells(best: Scored, policy: MatchPolicy) -> bool:
    """Tell whether another account has the same name, and nothing says which it is but where they are.

    People write from elsewhere, and accounts move: a place alone does not say
    who of two namesakes it is, unless a tie-breaker of the policy says so.
    """
    if not _speaks(best, EvidenceKind.NAME_TWIN) or any(each.by in _PLACES for each in policy.tie_breakers):
        return False
    return not _is_told(best, _IDENTIFIES)


def _is_told(best: Scored, kinds: Set[EvidenceKind]) -> bool:
    return any(kind in kinds and points > 0 for kind, points, _, _ in best.pieces)


def _worth_a_look(candidates: tuple[Scored, ...], contact: NormalizedContact, policy: MatchPolicy) -> bool:
    """Tell whether a person should see the contact, though no candidate is sure.

    The best is likely enough, or some account owns the contact's domain or bears
    its company name: then a conflict, not a stranger, keeps it from matching.
    """
    if probability(candidates[0].own) >= policy.thresholds.review:
        return True
    named = contact.is_named
    return any(_owns_domain(item) or (named and _speaks(item, EvidenceKind.NAME_SAME)) for item in candidates)


def _speaks(candidate: Scored, kind: EvidenceKind) -> bool:
    return any(piece[0] is kind for piece in candidate.pieces)


def _owns_domain(candidate: Scored) -> bool:
    """Tell whether a candidate owns a domain of the contact: that is always worth a look."""
    return _is_told(candidate, _OWNS)


def _margin(candidates: tuple[Scored, ...]) -> float:
    return candidates[0].own - candidates[1].own if len(candidates) > 1 else float("inf")


def _break_tie(candidates: tuple[Scored, ...], seen: View) -> tuple[Scored, str] | None:
    """Return the candidate that the policy's tie-breakers single out among equals, and which one decided.

    Equals are the candidates within the margin of the best that together are sure enough: some account is
    right, the question is which. Of a best that is ahead of all, but not by enough to be sure, the equals
    are all that would be sure enough alone, and only the best can win.
    """
    policy = seen.policy
    if not policy.tie_breakers or seen.contact.is_suspect:
        return None
    top, sure = candidates[0].own, policy.thresholds.matched
    near = [item for item in candidates if top - item.own <= policy.thresholds.margin]
    equals = near if len(near) > 1 else [item for item in candidates if probability(item.own) >= sure]
    odds = sum(odds_of(item.own) for item in equals)
    if len(equals) < 2 or odds / (1.0 + odds) < sure:
        return None
    sides = {pair.account.id: pair.side for pair in seen.pairs}
    for breaker in policy.tie_breakers:
        among = {item.account_id: sides[item.account_id] for item in equals}
        ranks = [_rank(breaker, side, among, seen.contact) for side in among.values()]
        kept = [item for item, rank in zip(equals, ranks, strict=True) if rank == min(ranks)]
        if len(kept) == 1:
            return (kept[0], breaker.by) if kept[0] in near else None
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
