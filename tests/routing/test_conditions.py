"""Conditions hold or not, and say what they met."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.compiled import Rulebook
from routing.conditions import All, Any_, Not, Tree, compile_condition
from routing.explain import finding_sentence
from routing.fields import Scope
from routing.route import judge
from routing.rulebook import parse
from routing.types.decision import Finding, Verdict
from tests.routing.situations import situation

BOOK = """\
version: 1
timezone: Europe/Berlin
lists: {{dach: [DE, AT, CH]}}
fields:
  contact.custom.seats: {{type: number}}
  contact.custom.hand_raise: {{type: boolean}}
  contact.custom.trial_ends: {{type: time}}
  contact.custom.plan: {{}}
  account.custom.partner: {{type: rep}}
definitions:
  big: {{contact.employees: {{at least: 250}}}}
rules:
  - id: rule
    because: it is tested
    when: {when}
    then: {{queue: yes}}
fallback: {{then: {{queue: no}}}}
"""


def book(when: str) -> Rulebook:
    return parse(BOOK.format(when=when))


def holds(when: str, given: dict[str, Any]) -> tuple[bool, Finding]:
    rulebook = book(when)
    there = situation(given, rulebook)
    claim = judge(there.facts, rulebook, there.now).claims[0]
    assert claim.finding is not None
    return claim.verdict is Verdict.WON, claim.finding


def contact(**values: Any) -> dict[str, Any]:
    return {"contact": values}


def custom(**values: Any) -> dict[str, Any]:
    return {"contact": {"custom": values}}


ACME: dict[str, Any] = {
    "reps": {"bo": {}},
    "account": {"owner": "ana", "tier": "A", "custom": {"partner": "bo"}, "team": {"SDR": "cy"}},
}
TOUCHED = {
    "activities": [
        {"rep": "ana", "kind": "call", "direction": "outbound", "at": "29 days ago"},
        {"rep": "bo", "kind": "email", "direction": "both", "at": "31 days ago"},
    ],
    "account": {"owner": "ana"},
    "reps": {"bo": {"role": "SDR", "team": "north"}},
}
DEALS = {
    "account": {},
    "opportunities": [
        {"owner": "ana", "stage": "2", "amount": 500},
        {"owner": "bo", "stage": "5", "won": False, "closed_at": "80 days ago"},
    ],
}


@pytest.mark.parametrize(
    ("when", "given", "expected"),
    [
        # Text: letter case and outer blanks do not count.
        ("{contact.country: de}", contact(country="DE"), True),
        ("{contact.country: DE}", contact(country=" de "), True),
        ("{contact.country: DE}", contact(), False),
        ("{contact.country: {is not: DE}}", contact(country="FR"), True),
        ("{contact.country: {is not: DE}}", contact(), True),
        ("{contact.country: [DE, FR]}", contact(country="FR"), True),
        ("{contact.country: {in: dach}}", contact(country="CH"), True),
        ("{contact.country: {in: dach}}", contact(country="FR"), False),
        ("{contact.country: {not in: dach}}", contact(), True),
        ("{contact.email: {ends with: .gov}}", contact(email="a@x.GOV"), True),
        ("{contact.email: {ends with: [.gov, .mil]}}", contact(email="a@x.mil"), True),
        ("{contact.title: {contains: engineer}}", contact(title="Senior Engineer"), True),
        ("{contact.title: {starts with: vp}}", contact(title="VP Sales"), True),
        ("{contact.title: {matches: '^(vp|vice president)\\b'}}", contact(title="VP Sales"), True),
        ("{contact.title: {matches: '^sales'}}", contact(title="VP Sales"), False),
        ("{contact.custom.plan: 2024}", custom(plan="2024"), True),
        ("{contact.custom.plan: 007}", custom(plan="007"), True),
        # Missing is never equal; only these ask about it.
        ("{contact.city: {exists: false}}", contact(), True),
        ("{contact.city: {exists: true}}", contact(city=""), True),
        ("{contact.city: {blank: true}}", contact(city="  "), True),
        ("{contact.city: {blank: true}}", contact(), True),
        ("{contact.city: {blank: false}}", contact(city="Bonn"), True),
        ("{contact.employees: {less than: 5}}", contact(), False),
        ("{contact.city: {same as: contact.state}}", contact(), False),
        ("{contact.city: {not same as: contact.state}}", contact(city="Bonn"), True),
        ("{contact.city: {same as: contact.state}}", contact(city="Berlin", state="berlin"), True),
        # Bands are half-open.
        ("{contact.employees: {between: [0, 250]}}", contact(employees=250), False),
        ("{contact.employees: {between: [250, 4000]}}", contact(employees=250), True),
        ("{contact.employees: {at least: 250, at most: 300}}", contact(employees=300), True),
        ("{contact.employees: {more than: 250}}", contact(employees=250), False),
        ("{match.score: {at least: 0.85}}", {"match": {"score": 0.85}}, True),
        # Custom fields have types; what does not fit is missing.
        ("{contact.custom.seats: {at least: 5}}", custom(seats="12"), True),
        ("{contact.custom.seats: {at least: 5}}", custom(seats="many"), False),
        ("{contact.custom.seats: {exists: false}}", custom(seats=True), True),
        ("{contact.custom.hand_raise: true}", custom(hand_raise="yes"), True),
        ("{contact.custom.hand_raise: true}", custom(hand_raise=0), False),
        (
            "{contact.custom.trial_ends: {within next: 10 days}}",
            custom(trial_ends="2026-06-25T21:00:00Z"),
            True,
        ),
        (
            "{contact.custom.trial_ends: {within next: 10 days}}",
            custom(trial_ends="2026-06-25T22:00:00Z"),
            False,
        ),
        ("{account.custom.partner.active: true}", ACME, True),
        # Reps.
        ("{account.owner: ana}", ACME, True),
        ("{account.owner: Ana}", ACME, False),
        ("{account.owner.active: true}", ACME, True),
        ("{account.owner.active: true}", {**ACME, "inactive": ["ana"]}, False),
        ("{account.team.SDR: cy}", ACME, True),
        ("{account.team.csm: {exists: false}}", ACME, True),
        # Junctions and definitions.
        ("{all: [{contact.city: Bonn}, {contact.country: DE}]}", contact(city="Bonn", country="DE"), True),
        ("{any: [{contact.city: Bonn}, {contact.country: DE}]}", contact(country="DE"), True),
        ("{none: [{contact.city: Bonn}, {contact.country: DE}]}", contact(country="DE"), False),
        ("{none: [{contact.city: Bonn}, {contact.country: DE}]}", contact(), True),
        ("{unless: {contact.city: Bonn, contact.country: DE}}", contact(city="Bonn"), True),
        ("{contact.country: DE, unless: {is: big}}", contact(country="DE", employees=300), False),
        ("{is: big}", contact(employees=300), True),
        ("{is not: big}", contact(), True),
        ("[{contact.country: DE}, {contact.city: Bonn}]", contact(country="DE"), False),
        # Collections and windows: days are calendar days in Berlin, where it is 15 June, 14:00.
        ("{activities: {any: {at: {within: 30 days}}}}", TOUCHED, True),
        ("{activities: {any: {rep.role: SDR, at: {within: 30 days}}}}", TOUCHED, False),
        ("{activities: {any: {rep: {same as: account.owner}, at: {within: 30 days}}}}", TOUCHED, True),
        ("{activities: {none: {kind: meeting}}}", TOUCHED, True),
        ("{activities: {any: {at: {older than: 30 days}, direction: both}}}", TOUCHED, True),
        ("{activities: {count: {is: 2}}}", TOUCHED, True),
        ("{activities: {count: {at least: 2, where: {rep: ana}}}}", TOUCHED, False),
        ("{activities: {count: {less than: 2, where: {rep: ana}}}}", TOUCHED, True),
        ("{activities: {any: {}}}", {}, False),
        ("{activities: {none: {}}}", {}, True),
        ("{opportunities: {any: {open: true, amount: {at least: 500}}}}", DEALS, True),
        ("{opportunities: {any: {won: false, closed_at: {within: 90 days}}}}", DEALS, True),
        ("{opportunities: {any: {owner: bo}, none: {won: true}}}", DEALS, True),
        ("{earlier: {any: {relation: person}}}", {"earlier": [{"rep": "ana", "relation": "person"}]}, True),
        (
            "{ancestors: {any: {tier: strategic}}}",
            {"account": {}, "ancestors": [{}, {"tier": "strategic"}]},
            True,
        ),
        (
            "{ultimate.tier: strategic, parent.tier: {exists: false}}",
            {"account": {}, "ancestors": [{}, {"tier": "strategic"}]},
            True,
        ),
        ("{holder: ana, holder.pool: north}", {"holder": {"rep": "ana", "pool": "north"}}, True),
        ("{now.weekday: monday, now.hour: 14}", {}, True),
        ("{now: {between: [2026-06-15, 2026-06-16]}}", {}, True),
        ("{now: {before: 2026-06-15}}", {}, False),
    ],
)
def test_what_holds(when: str, given: dict[str, Any], expected: bool) -> None:
    assert holds(when, given)[0] is expected


def test_the_finding_is_the_condition_that_failed() -> None:
    held, finding = holds(
        "{contact.country: DE, contact.employees: {at least: 250}}", contact(country="DE", employees=120)
    )
    assert not held
    assert finding == Finding(field="contact.employees", operator="at least", wanted="250", actual="120")


def test_a_missing_value_is_said_to_be_missing() -> None:
    _, finding = holds("{contact.country: DE}", {})
    assert finding.actual is None
    assert finding_sentence(finding, held=False) == "contact.country is missing (wanted: DE)"


def test_alternatives_that_all_fail_are_all_named() -> None:
    _, finding = holds(
        "{any: [{contact.country: DE}, {contact.city: Bonn}]}", contact(country="FR", city="Lyon")
    )
    assert [f.field for f in (finding, *finding.also)] == ["contact.country", "contact.city"]


def test_conditions_that_all_hold_are_all_named() -> None:
    _, finding = holds("{contact.country: DE, contact.city: Bonn}", contact(country="DE", city="Bonn"))
    assert [f.field for f in (finding, *finding.also)] == ["contact.country", "contact.city"]


def test_an_exception_that_strikes_names_itself() -> None:
    held, finding = holds("{unless: {contact.country: DE}}", contact(country="DE"))
    assert not held
    assert finding == Finding(field="contact.country", operator="is not", wanted="DE", actual="DE")


def test_a_count_says_how_many() -> None:
    _, finding = holds("{activities: {count: {at least: 2, where: {rep: ana}}}}", TOUCHED)
    assert (finding.operator, finding.wanted, finding.actual) == ("at least 2", "rep is ana", "1 of 2")


def test_long_values_are_cut_in_findings() -> None:
    _, finding = holds("{contact.title: x}", contact(title="y" * 500))
    assert finding.actual is not None
    assert len(finding.actual) == 80


LEAVES = st.sampled_from(
    [
        "{contact.country: DE}",
        "{contact.city: {exists: true}}",
        "{contact.employees: {at least: 5}}",
        "{opportunities: {any: {open: true}}}",
        "{is: big}",
    ]
)
CONTACTS = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from(["DE", "FR"]),
        "city": st.just("Bonn"),
        "employees": st.sampled_from([4, 5, 300]),
    },
)


def trees() -> st.SearchStrategy[Tree]:
    leaves = LEAVES.map(lambda when: book(when).rules[0].tree)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda part: Not(part=part)),
            st.lists(inner, max_size=3).map(lambda parts: All(parts=tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: Any_(parts=tuple(parts))),
        ),
        max_leaves=6,
    )


def plainly(tree: Tree, scope: Scope) -> bool:
    """What a tree means, said again without negation being moved or anything remembered."""
    match tree:
        case Not(part=part):
            return not plainly(part, scope)
        case All(parts=parts):
            return all(plainly(part, scope) for part in parts)
        case Any_(parts=parts):
            return any(plainly(part, scope) for part in parts)
        case leaf:
            return compile_condition(leaf)(scope, None)[0]


@settings(max_examples=150, deadline=None)
@given(tree=trees(), who=CONTACTS, deal=st.booleans())
def test_compiled_and_plain_agree_and_a_condition_or_its_opposite_holds(
    tree: Tree, who: dict[str, Any], deal: bool
) -> None:
    there = situation({"contact": who, "opportunities": [{"owner": "ana"}] if deal else []})
    scope = Scope(there.facts, there.now, book("{contact.city: x}").zone)
    compiled = compile_condition(tree)(scope, None)[0]
    assert compiled is plainly(tree, scope)
    assert compile_condition(tree, negated=True)(scope, None)[0] is not compiled
