"""Outcomes, and ties that a policy breaks or leaves to a person."""

from __future__ import annotations

from matching.index import Index
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import MatchPolicy, TieBreaker, default_policy
from matching.types import Account, Contact, MatchOutcome, MatchReason, MatchResult
from tests.matching.cases import account

TWINS = (
    account("1", "Quietwater Paper Mills", "quietwater.com", country="US", lifecycle="prospect"),
    account("2", "Quietwater Paper Mills", "quietwater.com", country="US", lifecycle="customer"),
)
FAMILY = (
    account("top", "Quietwater Paper Mills", "quietwater.com"),
    account("leaf", "Quietwater Paper Mills", "quietwater.com", parent_id="top"),
)


def decided(policy: MatchPolicy, *accounts: Account) -> MatchResult:
    contact = normalize(Contact(company="Quietwater Paper Mills", email="a@quietwater.com", country="US"))
    return match_contact(contact, Index.build(accounts).consider(contact), policy)


def with_breakers(*breakers: TieBreaker) -> MatchPolicy:
    return default_policy().model_copy(update={"tie_breakers": breakers})


def test_a_tie_goes_to_a_person() -> None:
    result = decided(default_policy(), *TWINS)
    assert (result.outcome, result.reason) == (MatchOutcome.REVIEW, MatchReason.TOO_CLOSE)


def test_a_policy_can_break_a_tie_and_the_result_says_by_what() -> None:
    result = decided(with_breakers(TieBreaker(by="lifecycle", prefer=("customer", "prospect"))), *TWINS)
    assert (result.outcome, result.reason) == (MatchOutcome.MATCHED, MatchReason.TIE_BROKEN)
    assert (result.account_id, result.decisive) == ("2", "lifecycle")


def test_the_first_breaker_that_separates_decides() -> None:
    policy = with_breakers(
        TieBreaker(by="tier", prefer=("A",)), TieBreaker(by="hierarchy", prefer=("child",))
    )
    result = decided(policy, *FAMILY)
    assert (result.account_id, result.decisive) == ("leaf", "hierarchy")


def test_breakers_that_separate_nothing_leave_it_to_a_person() -> None:
    result = decided(with_breakers(TieBreaker(by="country")), *TWINS)
    assert result.outcome is MatchOutcome.REVIEW


def test_nothing_at_all_is_unmatched() -> None:
    contact = normalize(Contact(company="Nobody"))
    result = match_contact(contact, Index.build(()).consider(contact), default_policy())
    assert (result.outcome, result.reason) == (MatchOutcome.UNMATCHED, MatchReason.NO_CANDIDATE)
