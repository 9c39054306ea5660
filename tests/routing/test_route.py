"""Judging and settling: who gets it, who is told, what became of every rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from routing.compiled import Rulebook
from routing.route import judge, route_contact, settle
from routing.rulebook import parse
from routing.types.decision import RoutingDecision, RoutingOutcome, Verdict
from tests.routing.situations import situation

BOOK = """\
version: 1
groups: [beats all]
rules:
  - id: owner
    because: The owner keeps the account
    when: {account.owner: {exists: true}}
    then: {owner of: account}
    sla: {first touch: 4 hours, status: 24 hours}
    notify: [{manager of: assignee}, {team role: SDR}]
  - id: deal
    because: A deal in progress has somebody
    when: {opportunities: {any: {open: true}}}
    then: {owner of: open opportunity}
  - id: later
    because: It begins next year
    from: 2027-01-01
    then: {queue: later}
  - id: over
    because: It ended last year
    until: 2026-01-01
    then: {queue: over}
  - id: germany
    because: Germany has a pool
    when: {contact.country: DE}
    then: {pool: germany}
  - id: competitor
    because: Competitors are not worked
    group: beats all
    when: {contact.email: {ends with: rival.example}}
    then: {reject: competitor}
fallback: {then: {pool: inbound}}
defaults: {sla: 8 hours}
"""


def decide(given: dict[str, Any], rulebook: Rulebook | None = None) -> RoutingDecision:
    rulebook = rulebook or parse(BOOK)
    there = situation(given, rulebook)
    return route_contact(there.facts, rulebook, there.rotation, there.now)[0]


def verdicts(decision: RoutingDecision) -> dict[str, Verdict]:
    return {claim.rule: claim.verdict for claim in decision.claims}


def test_every_rule_has_one_claim_in_order_of_precedence() -> None:
    decision = decide({"contact": {"country": "DE"}, "account": {"owner": "ana"}})
    assert list(verdicts(decision).items()) == [
        ("competitor", Verdict.NOT_APPLICABLE),
        ("owner", Verdict.WON),
        ("deal", Verdict.NOT_APPLICABLE),
        ("later", Verdict.NOT_YET),
        ("over", Verdict.EXPIRED),
        ("germany", Verdict.OUTRANKED),
        ("fallback", Verdict.OUTRANKED),
    ]


def test_a_group_ranks_above_the_order_of_the_file() -> None:
    decision = decide({"contact": {"email": "x@rival.example"}, "account": {"owner": "ana"}})
    assert (decision.outcome, decision.code, decision.rule) == (
        RoutingOutcome.REJECTED,
        "competitor",
        "competitor",
    )


def test_claims_for_the_same_rep_agree() -> None:
    decision = decide({"account": {"owner": "ana"}, "opportunities": [{"owner": "ana"}]})
    assert verdicts(decision)["deal"] is Verdict.AGREED


def test_an_inactive_owner_claims_nothing_and_the_next_claim_is_considered() -> None:
    decision = decide({"account": {"owner": "ana"}, "contact": {"country": "DE"}, "inactive": ["ana"]})
    assert verdicts(decision)["owner"] is Verdict.NOBODY
    assert decision.rule == "germany"


def test_an_owner_nobody_knows_claims_nothing() -> None:
    rulebook = parse(BOOK)
    there = situation({"account": {"owner": "ana"}}, rulebook)
    reps = {rep: known for rep, known in there.facts.reps.items() if rep != "ana"}
    decision, _ = route_contact(replace(there.facts, reps=reps), rulebook, there.rotation, there.now)
    assert verdicts(decision)["owner"] is Verdict.NOBODY


def test_who_rejected_the_contact_does_not_get_it_again() -> None:
    given = {"account": {"owner": "ana"}, "contact": {"country": "DE"}, "excluded": ["ana", "bo"]}
    decision = decide({**given, "pools": {"germany": ["bo", "cy"]}})
    assert (decision.rule, decision.assignee) == ("germany", "cy")


def test_clocks_and_who_is_told() -> None:
    decision = decide(
        {"account": {"owner": "ana", "team": {"SDR": "cy"}}, "reps": {"ana": {"manager": "mia"}}}
    )
    assert [(clock.name, clock.minutes) for clock in decision.clocks] == [
        ("first_touch", 240),
        ("status", 1440),
    ]
    assert decision.notify == ("mia", "cy")


def test_the_default_promise_holds_where_a_rule_gives_none() -> None:
    assert [clock.minutes for clock in decide({}).clocks] == [480]


def test_who_has_the_contact_keeps_it_without_new_clocks() -> None:
    decision = decide({"account": {"owner": "ana"}, "holder": "ana"})
    assert decision.kept
    assert decision.clocks == ()


def test_a_pool_with_nobody_available_holds_visibly_until_somebody_is() -> None:
    rulebook = parse(BOOK)
    there = situation({"absent": ["bo", "cy"], "pools": {"inbound": ["bo", "cy"]}}, rulebook)
    decision, after = route_contact(there.facts, rulebook, there.rotation, there.now)
    assert (decision.outcome, decision.code, decision.pool) == (
        RoutingOutcome.HELD,
        "nobody_available",
        "inbound",
    )
    assert decision.until == there.now + timedelta(days=1)
    assert decision.move is not None and decision.move.rep is None
    assert after is there.rotation


def test_a_pool_that_is_gone_holds_the_contact() -> None:
    rulebook = parse(BOOK)
    there = situation({}, rulebook)
    decision, _ = route_contact(there.facts, rulebook, replace(there.rotation, pools={}), there.now)
    assert (decision.outcome, decision.code) == (RoutingOutcome.HELD, "unknown_pool")


def test_the_pool_of_the_decision_is_the_one_that_gave_the_turn() -> None:
    pools = {
        "inbound": {"members": ["bo"], "nobody": "overflow", "overflow": "night"},
        "night": ["cy"],
    }
    decision = decide({"pools": pools, "absent": ["bo"]})
    assert (decision.assignee, decision.pool) == ("cy", "night")


def test_judging_names_the_pool_and_settling_takes_one_turn() -> None:
    rulebook = parse(BOOK)
    there = situation({"contact": {"country": "DE"}, "pools": {"germany": ["bo", "cy"]}}, rulebook)
    judgement = judge(there.facts, rulebook, there.now)
    assert judgement.pools == {"germany"}
    first, rotation = settle(judgement, there.facts, rulebook, there.rotation, there.now)
    second, _ = settle(judgement, there.facts, rulebook, rotation, there.now)
    assert {first.assignee, second.assignee} == {"bo", "cy"}


def test_the_same_again_gives_the_same_decision() -> None:
    given = {"contact": {"country": "DE"}, "pools": {"germany": ["bo", "cy", "dan"]}}
    assert decide(given) == decide(given)


AWAY = """\
version: 1
rules:
  - {id: owner, because: x, then: {owner of: account%s}}
fallback: {then: {queue: q}}
"""


@pytest.mark.parametrize(
    ("away", "absent", "assignee", "covers"),
    [
        ("", {"ana": "bo"}, "bo", "ana"),  # cover is the default
        ("", ["ana"], "ana", None),
        ("cover", {"ana": "bo"}, "bo", "ana"),
        ("keep", {"ana": "bo"}, "ana", None),
        ("pass", {"ana": "bo"}, "bo", "ana"),
        ("pass", ["ana"], None, None),
        ("pass", {"ana": "bo", "bo": "cy"}, "cy", "ana"),
        ("pass", {"ana": "bo", "bo": "ana"}, None, None),
        ("cover", {"ana": "bo", "bo": "ana"}, "ana", None),
    ],
)
def test_what_becomes_of_an_absent_owners_claim(
    away: str, absent: Any, assignee: str | None, covers: str | None
) -> None:
    rulebook = parse(AWAY % (f", away: {away}" if away else ""))
    decision = decide({"account": {"owner": "ana"}, "absent": absent}, rulebook)
    assert (decision.assignee, decision.claims[0].covers) == (assignee, covers)
