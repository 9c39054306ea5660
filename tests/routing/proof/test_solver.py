"""What the solver says of small random rulebooks, against trying every contact of a grid.

Whatever the grid can show, the solver has to agree with; whatever the solver
shows has been tried on the rulebook. So neither can be wrong alone.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.cases import Fixtures, Given
from routing.compiled import Rulebook
from routing.conditions import Not, compile_condition
from routing.fields import Scope
from routing.lint import lint
from routing.lint.context import Context
from routing.proof.search import Covered
from routing.proof.solver import Found, Impossible, Reasoner
from routing.route import judge
from routing.rulebook import parse
from routing.situations import Situation, build

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HEAD: dict[str, Any] = {
    "version": 1,
    "fields": {"account.tier": {"values": ["gold", "tin"]}, "contact.custom.vip": {"type": "boolean"}},
    "fallback": {"then": {"queue": "rest"}},
}

COUNTRIES = ["DE", "AT", "FR"]
NUMBERS = [5, 10, 11]
TITLES = ["vp", "sales", "o"]
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "open": st.booleans(),
        "kind": st.sampled_from(["new", "renewal"]),
        "owner": st.just({"same as": "account.owner"}),
    },
).filter(bool)
AT = st.sampled_from([{"within": "30 days"}, {"older than": "10 days"}, {"since": "2026-06-01"}])
TESTS = st.one_of(
    st.builds(lambda v: {"contact.country": v}, st.sampled_from(COUNTRIES)),
    st.builds(
        lambda v: {"contact.country": v}, st.lists(st.sampled_from(COUNTRIES), min_size=1, unique=True)
    ),
    st.builds(lambda v: {"contact.country": {"is not": v}}, st.sampled_from(COUNTRIES)),
    st.builds(lambda v: {"contact.country": {"exists": v}}, st.booleans()),
    st.builds(
        lambda op, v: {"contact.employees": {op: v}},
        st.sampled_from(["at least", "more than", "at most", "less than", "is", "is not"]),
        st.sampled_from(NUMBERS),
    ),
    st.just({"contact.employees": {"between": [5, 10]}}),
    st.builds(lambda v: {"account.tier": v}, st.sampled_from(["gold", "tin"])),
    st.builds(lambda v: {"contact.custom.vip": v}, st.booleans()),
    st.builds(
        lambda op, v: {"contact.title": {op: v}},
        st.sampled_from(["starts with", "ends with", "contains", "is not"]),
        st.sampled_from(TITLES),
    ),
    st.just({"contact.title": {"blank": True}}),
    st.sampled_from(
        [{"account.owner": "ana"}, {"account.owner.role": "AE"}, {"account.owner": {"exists": True}}]
    ),
    st.just({"holder": {"same as": "account.owner"}}),
    st.builds(lambda word, where: {"opportunities": {word: where}}, st.sampled_from(["any", "none"]), ITEM),
    st.builds(
        lambda word, n: {"opportunities": {"count": {word: n}}},
        st.sampled_from(["at least", "at most", "is"]),
        st.integers(0, 2),
    ),
    st.builds(lambda at: {"contact.occurred_at": at}, AT),
    st.sampled_from([{"now.hour": {"at least": 12}}, {"now.weekday": "tuesday"}]),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"none": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda part: {"unless": part}, inner),
    ),
    max_leaves=5,
)
OUTCOMES = st.sampled_from(
    [{"pool": "p"}, {"queue": "q"}, {"owner of": "account"}, {"rep": "ana"}, {"owner of": "open opportunity"}]
)
RULES = st.lists(st.tuples(CONDITIONS, OUTCOMES), min_size=1, max_size=4)


def book(rules: list[tuple[Any, Any]]) -> Rulebook:
    entries = [
        {"id": f"r{n}", "because": "x", "when": when, "then": then} for n, (when, then) in enumerate(rules)
    ]
    return parse(json.dumps({**HEAD, "rules": entries}))


@cache
def grid() -> list[Situation]:
    """Contacts that between them have most of what the conditions above ask for."""
    contacts = [
        {"country": country, "employees": number, "title": title, "custom": vip, "occurred_at": at}
        for country, number, title, vip, at in product(
            ("DE", "FR", None),
            (4, 5, 10),
            ("vp", "VP of sales", None),
            ({}, {"vip": True}),
            ("2026-06-10", None),
        )
    ]
    accounts: list[dict[str, Any]] = [
        {},
        {"account": {"tier": "gold", "owner": "ana"}, "holder": "ana"},
        {
            "account": {"owner": "ben"},
            "opportunities": [{"owner": "ben", "kind": "new"}, {"closed_at": "2026-05-01"}],
            "reps": {"ben": {"role": "AE"}},
        },
    ]
    trivial = parse(json.dumps(HEAD))
    moments = ("2026-06-15T12:00:00+00:00", "2026-06-16T08:00:00+00:00")
    return [
        build(Given.model_validate({"contact": contact, **account}), Fixtures(), trivial, at)
        for contact, account, at in product(contacts, accounts, moments)
    ]


@settings(max_examples=25, deadline=None)
@given(rules=RULES)
def test_who_carries_the_day(rules: list[tuple[Any, Any]]) -> None:
    rulebook = book(rules)
    context = Context(rulebook, NOW, None)
    decided = {rule.id: context.decided(rule) for rule in rulebook.rules}
    seen = {judge(each.facts, rulebook, each.now).rule for each in grid()}
    for rule, answer in decided.items():
        if isinstance(answer, Covered):
            assert rule not in seen, f"{rule} decides a contact of the grid"
        else:
            assert isinstance(answer, Found), f"{rule}: {answer}"  # nothing here is beyond deciding


@settings(max_examples=60, deadline=None)
@given(one=CONDITIONS, other=CONDITIONS)
def test_conditions_that_hold_together(one: Any, other: Any) -> None:
    rulebook = book([(one, {"queue": "q"}), (other, {"queue": "q"})])
    first, second = rulebook.rules[0].tree, Not(part=rulebook.rules[1].tree)
    reasoner = Reasoner(rulebook, NOW)
    answer = reasoner.solve([reasoner.holds("one", first), reasoner.holds("other", second)])
    both = [compile_condition(first), compile_condition(second)]
    for each in grid():
        scope = Scope(each.facts, each.now, rulebook.zone)
        if all(condition(scope, None)[0] for condition in both):
            assert isinstance(answer, Found), answer
            return
    assert isinstance(answer, Found | Impossible), answer


@settings(max_examples=15, deadline=None)
@given(rules=RULES)
def test_every_finding_can_be_made_and_every_witness_replays(rules: list[tuple[Any, Any]]) -> None:
    for problem in lint(book(rules), NOW):  # a witness that does not replay raises
        assert problem.code != "undecided", str(problem)
