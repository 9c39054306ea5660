"""Which claim carries the day, whatever claims there are."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from routing.conflicts import Bid, Conflict, resolve
from routing.fields import Scope
from routing.rules.base import Request
from routing.types.decision import Finding, Verdict
from routing.types.people import RepId
from tests.routing.situations import facts

KINDS = ("owner_of_account", "worked", "team_role")
SCOPE = Scope(facts(), datetime(2026, 6, 15, tzinfo=UTC), ZoneInfo("UTC"))


def bid(rule: str, kind: str, rep: str, rank: int = 0) -> Bid:
    met = Finding(field="always", operator="is", wanted="true", actual="true")
    return Bid(rule, rank, Request(kind=kind, rep=RepId(rep)), met)


def conflict(*between: str, prefer: tuple[str, ...] = (), notify: bool = False) -> Conflict:
    return Conflict(
        id="conflict",
        between=frozenset(between),
        prefer=prefer,
        then=None,
        notify_loser=notify,
        because="it is tested",
        reference=None,
    )


BIDS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(["ana", "bo", "cy"]), st.integers(0, 1)),
    min_size=1,
    max_size=6,
).map(
    lambda drawn: [
        bid(f"rule-{i}", kind, rep, rank)
        for i, (kind, rep, rank) in enumerate(sorted(drawn, key=lambda bid: bid[2]))
    ]
)
CONFLICTS = st.lists(
    st.tuples(st.sets(st.sampled_from(KINDS), min_size=1), st.sampled_from(KINDS)), max_size=2
).map(lambda drawn: [conflict(*between, prefer=(prefer,)) for between, prefer in drawn])


@given(bids=BIDS, conflicts=CONFLICTS)
def test_exactly_one_wins_and_everybody_else_lost_to_it_or_agrees(
    bids: list[Bid], conflicts: list[Conflict]
) -> None:
    resolution = resolve(bids, conflicts, SCOPE)
    verdicts = [resolution.verdict(bid) for bid in bids]
    winners = [bid for bid, (verdict, _) in zip(bids, verdicts, strict=True) if verdict is Verdict.WON]
    assert [winner.rule for winner in winners] == [resolution.rule]
    for other, (verdict, against) in zip(bids, verdicts, strict=True):
        if verdict is Verdict.AGREED:
            assert other.request.target == winners[0].request.target
        elif verdict is not Verdict.WON:
            assert against == resolution.rule


@given(bids=BIDS)
def test_without_conflicts_the_highest_wins(bids: list[Bid]) -> None:
    assert resolve(bids, [], SCOPE).rule == bids[0].rule


@given(bids=BIDS, conflicts=CONFLICTS)
def test_a_higher_group_answers_to_no_conflict_with_a_lower_one(
    bids: list[Bid], conflicts: list[Conflict]
) -> None:
    resolution = resolve(bids, conflicts, SCOPE)
    [winner] = [bid for bid in bids if bid.rule == resolution.rule]
    assert winner.rank == bids[0].rank


def test_the_preferred_kind_wins_and_the_highest_is_overturned() -> None:
    bids = [bid("touched", "worked", "bo"), bid("owner", "owner_of_account", "ana")]
    resolution = resolve(bids, [conflict("worked", "owner_of_account", prefer=("owner_of_account",))], SCOPE)
    assert [resolution.verdict(b)[0] for b in bids] == [Verdict.OVERTURNED, Verdict.WON]


def test_a_conflict_needs_claims_that_differ() -> None:
    bids = [bid("touched", "worked", "ana"), bid("owner", "owner_of_account", "ana")]
    resolution = resolve(bids, [conflict("worked", "owner_of_account", prefer=("owner_of_account",))], SCOPE)
    assert resolution.conflict is None
    assert [resolution.verdict(b)[0] for b in bids] == [Verdict.WON, Verdict.AGREED]


def test_two_claims_of_one_kind_can_be_a_conflict() -> None:
    bids = [bid("first", "worked", "ana"), bid("second", "worked", "bo")]
    resolution = resolve(bids, [conflict("worked", prefer=("worked",), notify=True)], SCOPE)
    assert (resolution.rule, resolution.losers) == ("first", ("bo",))
