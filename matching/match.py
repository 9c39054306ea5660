"""Which account a contact belongs to, how sure that is, and on what evidence."""

from __future__ import annotations

from dataclasses import replace

from matching.candidates import shortlist
from matching.decide import SHOWN, Judged, decide
from matching.features import view
from matching.features.sides import account_side
from matching.memory import Word, word
from matching.policy import MatchPolicy
from matching.scoring import Scored, odds_of, score
from matching.types import (
    Account,
    Considered,
    MatchOutcome,
    MatchReason,
    MatchResult,
    NormalizedContact,
)


def match_contact(contact: NormalizedContact, considered: Considered, policy: MatchPolicy) -> MatchResult:
    """Match one contact against the accounts considered for it.

    The stages: set aside what people ruled out, shortlist by a cheap likeness,
    compare names, gather evidence, add up points, decide. The same input gives
    the same result, bit for bit.
    """
    return judge(contact, considered, policy).result(policy.version)


def judge(contact: NormalizedContact, considered: Considered, policy: MatchPolicy) -> Judged:
    """Match one contact, without making evidence of every point: what bulk work takes little of."""
    said = word(contact, considered, policy)
    seen = view(contact, map(account_side, shortlist(contact, said.kept)), said.kept, policy)
    candidates = score(seen)
    judged = decide(candidates, seen) if said.chosen is None else _chosen(candidates[0], said, contact)
    if not said.aside.accounts:
        return judged
    odds = sum(odds_of(candidate.points) for candidate in candidates)
    aside = score(view(contact, map(account_side, _aside(contact, said)), said.aside, policy), odds)
    no_other = judged.reason is MatchReason.NO_CANDIDATE
    return replace(
        judged,
        reason=MatchReason.RULED_OUT if no_other else judged.reason,
        candidates=(*judged.candidates, *aside[:SHOWN]),
    )


def grounds(contact: NormalizedContact, considered: Considered, policy: MatchPolicy) -> Considered:
    """Return the part of what was considered that the result rests on: it gives the same result."""
    said = word(contact, considered, policy)
    close = {account.id for account in (*shortlist(contact, said.kept), *_aside(contact, said))}
    hosts = {item.registrable for item in contact.domains if item.registrable}
    needed = tuple(
        account
        for account in considered.accounts
        if account.id in close or any(item.domain in hosts for item in account.domains)
    )
    return replace(considered, accounts=needed)


def _chosen(best: Scored, said: Word, contact: NormalizedContact) -> Judged:
    """Return the match to the account that a person named; letters that imitate others need one again."""
    suspect = not said.pinned and contact.is_suspect
    return Judged(
        outcome=MatchOutcome.REVIEW if suspect else MatchOutcome.MATCHED,
        reason=MatchReason.SUSPECT_INPUT if suspect else said.reason,
        chosen=best,
        candidates=(best,),
    )


def _aside(contact: NormalizedContact, said: Word) -> tuple[Account, ...]:
    """Return the accounts set aside that are worth showing: those people spoke of, then the likeliest."""
    spoken = {item.account_id for item in said.aside.remembered}
    first = tuple(account for account in said.aside.accounts if account.id in spoken)[:SHOWN]
    others = replace(
        said.aside, accounts=tuple(account for account in said.aside.accounts if account.id not in spoken)
    )
    return (*first, *shortlist(contact, others))
