"""What sticks: a person's word for a time, and a contact that comes back within one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from matching.types import Contact, MatchOutcome, MatchReason
from routing.durations import Window
from routing.rotation.explain import explain_move
from routing.sticky import had_lately, standing_word
from routing.types.facts import EarlierContact, Holder, MatchFacts, Relation, RoutingFacts
from routing.types.people import Absence, Hand, Rep, RepId
from routing.types.pools import PoolName
from routing.types.rotation import RotationMove

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA = RepId("ana")
MONTH = Window(30, "day")
UTC_ZONE = ZoneInfo("UTC")
WORD = Hand(by="lead", reason="knows them")


def facts(*earlier: EarlierContact, holder: Holder | None = None, rep: Rep | None = None) -> RoutingFacts:
    unmatched = MatchFacts(
        outcome=MatchOutcome.UNMATCHED, reason=MatchReason.CLEAR, score=0.0, account_id=None
    )
    return RoutingFacts(
        contact=Contact(email="x@y.example"),
        email_domain=None,
        match=unmatched,
        earlier=earlier,
        holder=holder,
        reps={rep.id: rep} if rep else {},
    )


def holding(days: float, hand: Hand | None = WORD) -> Holder:
    return Holder(assignment_id="a", rep=ANA, pool=None, since=NOW - timedelta(days=days), hand=hand)


def had(
    rep: str, days: float, status: str = "completed", relation: Relation = Relation.PERSON
) -> EarlierContact:
    at = NOW - timedelta(days=days)
    return EarlierContact(contact_id="c", relation=relation, rep=RepId(rep), status=status, assigned_at=at)


@pytest.mark.parametrize(
    ("holder", "rep", "window", "stands"),
    [
        (holding(1), Rep(id=ANA, name="Ana"), MONTH, True),
        (holding(30), Rep(id=ANA, name="Ana"), MONTH, True),
        (holding(31), Rep(id=ANA, name="Ana"), MONTH, False),
        (holding(1, None), Rep(id=ANA, name="Ana"), MONTH, False),  # a rule gave it
        (holding(1), Rep(id=ANA, name="Ana", active=False), MONTH, False),
        (holding(1), None, MONTH, False),
        (holding(1), Rep(id=ANA, name="Ana"), Window(0, "day"), False),
        (None, Rep(id=ANA, name="Ana"), MONTH, False),
    ],
)
def test_a_word_stands_for_a_time(
    holder: Holder | None, rep: Rep | None, window: Window, stands: bool
) -> None:
    assert (standing_word(facts(holder=holder, rep=rep), window, NOW, UTC_ZONE) is not None) is stands


def test_a_word_does_not_hold_for_who_is_away() -> None:
    away = Rep(
        id=ANA,
        name="Ana",
        absences=(Absence(start=NOW - timedelta(days=1), until=NOW + timedelta(days=1)),),
    )
    assert standing_word(facts(holder=holding(1), rep=away), MONTH, NOW, UTC_ZONE) is None


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ((had("bo", 2), had("ana", 5)), "bo"),
        ((had("bo", 40),), None),
        ((had("bo", 2, "rejected"), had("ana", 5)), "ana"),
        ((had("bo", 2, relation=Relation.ACCOUNT),), None),
        ((), None),
    ],
)
def test_who_had_the_person_last(earlier: tuple[EarlierContact, ...], expected: str | None) -> None:
    assert had_lately(facts(*earlier), MONTH, NOW, UTC_ZONE) == expected


def test_the_explanation_says_what_stuck() -> None:
    """Who has the contact works it already; who had it, had it."""
    move = RotationMove(pool=PoolName("inbound"), turn=3, rep=ANA, level=None, skipped=(), kept=True)
    names = {ANA: "Ana"}
    assert explain_move(move, names) == ["Ana already works this contact, so no turn was used."]
    assert explain_move(move, names, again=True) == [
        "Ana had this contact not long ago, so no turn was used."
    ]
