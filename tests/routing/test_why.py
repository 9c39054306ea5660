"""Why, why not her, and what would have to be different."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from routing.counterfactual import what_would_decide
from routing.explain import finding_sentence
from routing.route import judge, route_contact
from routing.rulebook import parse
from routing.situations import build
from routing.types.people import RepId
from routing.why import difference, why_not_rep, why_not_rule
from tests.routing.situations import situation

ROOT = Path(__file__).parents[2]
BOOK = """
version: 1
rules:
  - id: strategic
    because: Strategic accounts are worked
    when: {account.tier: strategic, activities: {any: {rep.role: SDR, at: {within: 30 days}}}}
    then: {owner of: account}
  - id: large
    because: Large ones have a pool
    when: {account.employees: {at least: 250}}
    then: {pool: large}
  - id: campaign
    because: The campaign is over
    until: 2026-01-01
    when: {contact.source: expo}
    then: {rep: eve}
  - id: csm
    because: Customers have a CSM
    when: {account.lifecycle: customer}
    then: {team role: CSM}
fallback: {then: {pool: rest}}
"""
RULEBOOK = parse(BOOK)
GIVEN = {"account": {"owner": "ana", "tier": "growth", "employees": 300}, "contact": {"source": "expo"}}


@pytest.mark.parametrize(
    ("rule", "given", "said"),
    [
        ("large", GIVEN, "The rule 'large' decides already."),
        (
            "strategic",
            GIVEN,
            "The rule 'strategic' would decide if account.tier were strategic (it is growth) and there "
            'was 1 activity with "rep.role is SDR and at within 30 days" (now 0).',
        ),
        ("fallback", GIVEN, "The fallback would decide if account.employees were 249 (it is 300)."),
        (
            "csm",
            {"account": {"lifecycle": "customer", "employees": 9}},
            "The rule 'csm' would decide if account.team.CSM were a rep.",
        ),
        (
            "csm",
            {"account": {"lifecycle": "customer", "team": {"CSM": "cas"}}, "inactive": ["cas"]},
            "The rule 'csm' would decide if the rep cas were active (it is inactive).",
        ),
        (
            "csm",
            {"account": {"lifecycle": "customer", "team": {"CSM": "cas"}}, "excluded": ["cas"]},
            "The rule 'csm' would decide if cas's rejection of this contact were not given (it is given).",
        ),
        (
            "campaign",
            {"contact": {"source": "expo"}},
            "The rule 'campaign' would decide if now were 2025-12-31T23:59+00:00.",
        ),
    ],
)
def test_what_would_have_to_be_different(rule: str, given: dict[str, object], said: str) -> None:
    found = situation(given, RULEBOOK)
    assert difference(what_would_decide(rule, found.facts, RULEBOOK, found.now)) == said


def test_what_cannot_be_made_is_said_not_to_be_found() -> None:
    rule = "{id: a, because: x, when: {contact.title: {matches: '^q+z$'}}, then: {queue: p}}"
    book = parse(f"version: 1\nrules: [{rule}]\nfallback: {{then: {{queue: q}}}}\n")
    found = situation({}, book)
    answer = what_would_decide("a", found.facts, book, found.now)
    assert difference(answer) == "What would make the rule 'a' decide was not found."


def test_why_not_her_names_the_rule_that_would_have_and_what_is_missing() -> None:
    found = situation({**GIVEN, "contact": {}}, RULEBOOK)
    decision, _ = route_contact(found.facts, RULEBOOK, found.rotation, found.now)
    told = why_not_rep(decision, RepId("ana"), found.facts, RULEBOOK, found.now, {RepId("ana"): "Ana"})
    assert told[0] == "The turn of the pool 'large' fell to rep of large."
    assert told[1] == "The rule 'strategic' does not apply: account.tier is growth (wanted: strategic)."
    assert told[-1].startswith("The rule 'strategic' would decide if account.tier were strategic")
    others = why_not_rep(decision, RepId("nobody"), found.facts, RULEBOOK, found.now)
    assert others == ("The turn of the pool 'large' fell to rep of large.",)


def test_why_not_her_knows_the_pools_in_which_she_takes_turns() -> None:
    found = situation({"account": {"employees": 9}, "pools": {"large": ["ana"]}}, RULEBOOK)
    decision, _ = route_contact(found.facts, RULEBOOK, found.rotation, found.now)
    ana = RepId("ana")
    told = why_not_rep(decision, ana, found.facts, RULEBOOK, found.now, pools=found.rotation.of(ana))
    assert told == (
        "The turn of the pool 'rest' fell to rep of rest.",
        "ana takes turns in the pool 'large'.",
        "The rule 'large' does not apply: account.employees is 9 (wanted: at least 250).",
        "The rule 'large' would decide if account.employees were 250 (it is 9).",
    )
    assert found.rotation.of(RepId("nobody")) == frozenset()


def test_a_large_book_says_on_demand_what_its_record_leaves_out() -> None:
    rules = "".join(
        f"- {{id: r{n}, because: x, when: {{contact.country: C{n}}}, then: {{queue: q{n}}}}}\n"
        for n in range(150)
    )
    book = parse(f"version: 1\nrules:\n{rules}fallback: {{then: {{queue: q}}}}\n")
    found = situation({"contact": {"country": "c7"}}, book)
    judged = judge(found.facts, book, found.now)
    assert [claim.rule for claim in judged.claims] == ["r7", "fallback"]
    assert len(judge(found.facts, book, found.now, every=True).claims) == 151
    assert why_not_rule("r9", found.facts, book, found.now) == (
        "The rule 'r9' does not apply: contact.country is c7 (wanted: C9).",
        "The rule 'r9' would decide if contact.country were C9 (it is c7).",
    )


def test_most_rules_of_the_examples_have_an_answer_that_was_tried() -> None:
    asked = found = 0
    for path in sorted((ROOT / "examples").glob("*/rulebook.yaml")):
        book = parse(path.read_text())
        for case, _ in book.tests[::4]:
            given = build(case.given, book.fixtures, book, case.now)
            for rule in book.rules:
                asked += 1
                found += what_would_decide(rule.id, given.facts, book, given.now).found
    assert found / asked > 0.9


def test_the_clock_is_the_decisions() -> None:
    found = situation({"contact": {"source": "expo"}}, RULEBOOK)
    answer = what_would_decide(
        "campaign", found.facts, RULEBOOK, datetime.fromisoformat("2025-06-01T00:00:00Z")
    )
    assert answer.found and not answer.changes
    claim = judge(found.facts, RULEBOOK, found.now).claims[0]
    assert claim.finding is not None and "account.tier" in finding_sentence(claim.finding, held=False)
