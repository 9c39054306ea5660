"""Every reason has a sentence, and the sentences say what the decision says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from routing.catalogue import BUILT_IN
from routing.explain import (
    COLLECTIONS,
    OUTCOMES,
    VERDICTS,
    claim_sentence,
    explain,
    finding_sentence,
    summary,
    why_not,
)
from routing.rotation.explain import SKIPS
from routing.route import route_contact
from routing.rulebook import parse
from routing.testing import run_tests
from routing.types.decision import Claim, Finding, RoutingDecision, RoutingOutcome, Verdict
from routing.types.people import Hand, RepId
from routing.types.rotation import SkipReason
from tests.routing.situations import situation

CASES = Path(__file__).parents[1] / "cases" / "routing"

BOOK = """\
version: 1
rules:
  - id: strategic
    because: Strategic accounts belong to their owner
    reference: RoE 3.1
    when: {account.tier: strategic, match.score: {at least: 0.85}}
    then: {owner of: account}
    sla: 90 minutes
    notify: [{team role: SDR}]
  - id: germany
    because: Germany has a pool
    when: {contact.country: DE}
    then: {pool: germany}
fallback: {then: {queue: nobody's}}
"""


def decide(given: dict[str, Any]) -> RoutingDecision:
    rulebook = parse(BOOK)
    there = situation(given, rulebook)
    return route_contact(there.facts, rulebook, there.rotation, there.now)[0]


def test_every_reason_has_a_sentence() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert set(OUTCOMES) == set(RoutingOutcome)
    assert set(SKIPS) == set(SkipReason)


def test_every_collection_has_a_name() -> None:
    assert set(COLLECTIONS) == set(BUILT_IN.collections)


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "held", "told"),
    [
        ("is", "DE", "FR", False, "f is FR (wanted: DE)"),
        ("is", "DE", "de", True, "f is de"),
        ("is not", "DE", "DE", False, "f is DE (wanted: not DE)"),
        ("in", "dach (DE, AT)", "AT", True, "f is AT (one of dach (DE, AT))"),
        ("not in", "DE, AT", None, True, "f is missing"),
        ("at least", "250", "120", False, "f is 120 (wanted: at least 250)"),
        ("at least", "250", None, False, "f is missing (wanted: at least 250)"),
        ("between", "0 up to 250", "250", False, "f is 250 (wanted: from 0 up to 250)"),
        ("not between", "0 up to 250", "5", False, "f is 5 (wanted: not between 0 up to 250)"),
        ("exists", "true", None, False, "f is missing (wanted: known)"),
        ("exists", "false", "x", False, "f is x (wanted: missing)"),
        ("not exists", "true", "x", False, "f is x (wanted: missing)"),
        ("blank", "false", "  ", False, "f is    (wanted: not blank)"),
    ],
)
def test_findings_in_words(operator: str, wanted: str, actual: str | None, held: bool, told: str) -> None:
    finding = Finding(field="f", operator=operator, wanted=wanted, actual=actual)
    assert finding_sentence(finding, held=held) == told


@pytest.mark.parametrize(
    ("operator", "actual", "held", "told"),
    [
        ("any", "0 of 0", False, 'there are no opportunities (wanted: any with "open is true")'),
        ("none", "0 of 0", True, "there are no opportunities"),
        ("any", "1 of 3", True, '1 of 3 opportunities fit "open is true"'),
        ("any", "0 of 3", False, '0 of 3 opportunities fit "open is true" (wanted: any)'),
        ("at least 2", "1 of 3", False, '1 of 3 opportunities fit "open is true" (wanted: at least 2)'),
    ],
)
def test_counts_in_words(operator: str, actual: str, held: bool, told: str) -> None:
    finding = Finding(field="opportunities", operator=operator, wanted="open is true", actual=actual)
    assert finding_sentence(finding, held=held) == told


def test_why_she_has_it() -> None:
    account = {"tier": "strategic", "owner": "ana", "team": {"SDR": "bo"}}
    decision = decide({"account": account, "contact": {"country": "FR"}})
    assert explain(decision, {RepId("ana"): "Ana Lund"}) == (
        "Ana Lund has the contact, by the rule 'strategic'.",
        "Reason (RoE 3.1): Strategic accounts belong to their owner.",
        "The rule applies because account.tier is strategic and match.score is 0.99 (at least 0.85).",
        "Due (first touch): 2026-06-15 13:30 UTC, 1 h 30 min from now.",
        "Told as well: bo.",
        "The rule 'germany' does not apply: contact.country is FR (wanted: DE).",
        "The fallback asks for the queue 'nobody's', but the rule 'strategic' stands above it.",
    )


def test_whose_turn_it_was() -> None:
    pools = {"germany": {"members": ["ana", "bo", "cy"], "turns": {"bo": 1, "cy": 1}}}
    decision = decide({"contact": {"country": "DE"}, "pools": pools, "absent": ["ana"]})
    told = explain(decision)
    assert "Passed over in the pool 'germany': ana is absent." in told
    assert f"{decision.assignee} has the contact from the pool 'germany', by the rule 'germany'." in told


def test_why_not_somebody_else() -> None:
    decision = decide({"account": {"tier": "strategic", "owner": "ana"}, "inactive": ["ana"]})
    assert why_not(decision, RepId("ana")) == (
        "The rule 'strategic' applies but names nobody: account.owner: ana is inactive "
        "(wanted: an active rep).",
    )
    assert why_not(decision, RepId("bo")) == ("No rule that applied asked for bo.",)


def test_why_not_a_member_whose_turn_it_was_not() -> None:
    decision = decide({"contact": {"country": "DE"}, "pools": {"germany": ["ana", "bo"]}})
    other = RepId("bo" if decision.assignee == "ana" else "ana")
    assert why_not(decision, other) == (f"The turn of the pool 'germany' fell to {decision.assignee}.",)


def test_who_decided_by_hand() -> None:
    decision = replace(decide({}), rule=None, hand=Hand(by="mia", reason="asked for by phone"))
    assert summary(decision) == "The contact is in the queue 'nobody's', by hand of mia (asked for by phone)."


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_claim_with_nothing_but_its_verdict_can_be_told(verdict: Verdict) -> None:
    assert claim_sentence(Claim(rule="a", kind="pool", verdict=verdict)).endswith(".")


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_decision_of_the_cases_is_told_in_whole_sentences(path: Path) -> None:
    for result in run_tests(parse(path.read_text())):
        assert result.decision is not None
        told = explain(result.decision)
        assert len(told) > len(result.decision.claims) - 1
        for sentence in told:
            assert sentence[0] == sentence.strip()[0]
            assert "None" not in sentence
            assert sentence[-1] in ".)?" or sentence.endswith("?")


def test_partner_advice_and_credit_in_words() -> None:
    rulebook = parse(
        "version: 1\nrules:\n"
        "  - id: pair\n    because: Both work it\n"
        "    then: {convert: open opportunity, then: {pair: {owner of: account}, with: {team role: SDR}}}\n"
        "    credit: [{kind: sourced, to: partner, share: 0.5}, {kind: managed, to: assignee}]\n"
        "fallback: {then: {queue: nobody}}\n"
    )
    found = situation(
        {"account": {"owner": "ana", "team": {"SDR": "sue"}}, "opportunities": [{"owner": "abe"}]}, rulebook
    )
    decision, _ = route_contact(found.facts, rulebook, found.rotation, found.now)
    told = explain(decision, {RepId("ana"): "Ana", RepId("sue"): "Sue"})
    assert "Sue works it with Ana." in told
    assert "The CRM is advised to convert the record: open opportunity (opportunity-1)." in told
    assert "Credit (sourced): 50% of it is Sue's." in told
    assert "Credit (managed): all of it is Ana's." in told
    assert "Told as well: Sue." in told
