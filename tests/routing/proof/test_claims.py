"""When a rule makes its claim, said as a tree, is when it makes it in fact."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.cases import Fixtures, Given
from routing.conditions import ALWAYS, All
from routing.fields import Scope
from routing.proof.claims import always_answers, claim, makes_claim
from routing.proof.solver import Found, Impossible, Reasoner
from routing.rulebook import parse
from routing.situations import build
from routing.types.pools import PoolName
from tests.routing.lint.test_reach import rule

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = (
    "version: 1\nrules:\n"
    + rule("owner", "{contact.city: x}", "{owner of: account}")
    + rule("named", "{contact.city: x}", "{rep: ana}")
    + rule("role", "{contact.city: x}", "{team role: SDR}")
    + rule("deal", "{contact.city: x}", "{owner of: open opportunity, if several: latest}")
    + rule("pool", "{contact.city: x}", "{pool: p}")
    + rule("over", "{contact.city: x}", "{queue: q}").replace("because", "until: 2026-01-01, because", 1)
    + "fallback: {then: {queue: rest}}\n"
)
BOOK = parse(TEXT)


@pytest.mark.parametrize(
    ("given", "claims"),
    [
        ({}, []),
        ({"contact": {"city": "x"}}, ["named", "pool"]),
        ({"contact": {"city": "x"}, "inactive": ["ana"]}, ["pool"]),
        ({"contact": {"city": "x"}, "excluded": ["ana"]}, ["pool"]),
        ({"contact": {"city": "x"}, "account": {"owner": "bo"}}, ["owner", "named", "pool"]),
        ({"contact": {"city": "x"}, "account": {"owner": "bo"}, "inactive": ["bo"]}, ["named", "pool"]),
        ({"contact": {"city": "x"}, "account": {"team": {"SDR": "sue"}}}, ["named", "role", "pool"]),
        (
            {"contact": {"city": "x"}, "account": {}, "opportunities": [{"owner": "bo"}]},
            ["named", "deal", "pool"],
        ),
    ],
)
def test_who_makes_a_claim_in_fact(given: dict[str, Any], claims: list[str]) -> None:
    situation = build(Given.model_validate(given), Fixtures(), BOOK, NOW.isoformat())
    scope = Scope(situation.facts, situation.now, BOOK.zone)
    assert [each.id for each in BOOK.rules[:-1] if makes_claim(each, scope)] == claims


def test_the_tree_has_a_contact_exactly_where_there_can_be_one() -> None:
    reasoner = Reasoner(BOOK, NOW)
    for each in BOOK.rules:
        answer = reasoner.solve([reasoner.claims(each)])
        if each.id == "over":
            assert isinstance(answer, Impossible)
        else:
            assert isinstance(answer, Found)
            assert makes_claim(each, Scope(answer.situation.facts, answer.situation.now, BOOK.zone))


def test_places_always_answer_and_people_need_not() -> None:
    assert {each.id for each in BOOK.rules if always_answers(each.outcome)} == {"pool", "over", "fallback"}


def test_a_pool_that_passes_contacts_on_leaves_the_claim_open() -> None:
    rules = {each.id: each for each in BOOK.rules}
    plain = claim(rules["pool"], BOOK)
    left = claim(rules["pool"], BOOK, frozenset({PoolName("p")}))
    assert isinstance(plain, All) and isinstance(left, All)
    assert plain.parts[-1] == ALWAYS and left.parts[-1] != ALWAYS
