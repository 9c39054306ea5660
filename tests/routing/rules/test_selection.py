"""Choosing one rep among several items: the order they come in never matters, nor does chance."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.compiled import Rulebook
from routing.fields import Scope
from routing.rulebook import parse
from routing.rules.base import Request
from routing.rules.selection import Several
from routing.types.decision import RoutingOutcome
from tests.routing.situations import situation

BOOK = """\
version: 1
defaults: {{tie: by hand}}
rules:
  - {{id: deal, because: it is tested, then: {{owner of: open opportunity, if several: {several}}}}}
fallback: {{then: {{queue: q}}}}
"""
BOOKS = {several: parse(BOOK.format(several=several)) for several in Several}
DEALS = st.lists(
    st.fixed_dictionaries(
        {
            "owner": st.sampled_from(["ana", "bo", "cy", None]),
            "opened_at": st.sampled_from(["2026-06-01", "2026-06-02", "2026-06-03"]),
            "amount": st.sampled_from([None, 10, 20]),
        }
    ),
    max_size=5,
)


def asked_for(rulebook: Rulebook, deals: list[dict[str, Any]], inactive: list[str]) -> Request:
    there = situation({"account": {}, "opportunities": deals, "inactive": inactive}, rulebook)
    return rulebook.rules[0].outcome.request(Scope(there.facts, there.now, rulebook.zone), "deal")


@settings(deadline=None)
@given(
    deals=DEALS,
    several=st.sampled_from(list(Several)),
    inactive=st.sampled_from([[], ["ana"]]),
    data=st.data(),
)
def test_the_order_of_the_items_never_matters(
    deals: list[dict[str, Any]], several: Several, inactive: list[str], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(deals))
    one = asked_for(BOOKS[several], deals, inactive)
    other = asked_for(BOOKS[several], list(shuffled), inactive)
    assert (one.target, one.nobody is None) == (other.target, other.nobody is None)


@settings(deadline=None)
@given(deals=DEALS, several=st.sampled_from(list(Several)))
def test_one_rep_a_person_who_decides_or_nobody(deals: list[dict[str, Any]], several: Several) -> None:
    request = asked_for(BOOKS[several], deals, [])
    owners = {deal["owner"] for deal in deals} - {None}
    if not owners:
        assert request.nobody is not None
    elif request.rep is not None:
        assert request.rep in owners
    else:
        assert (request.outcome, request.queue) == (RoutingOutcome.QUEUED, "by hand")
        assert len(owners) > 1


def test_each_way_to_choose() -> None:
    deals = [
        {"owner": "ana", "opened_at": "2026-06-03", "amount": 10},
        {"owner": "bo", "opened_at": "2026-06-01", "amount": 20},
        {"owner": "cy", "opened_at": "2026-06-02", "amount": 30},
    ]
    chosen = {several: asked_for(BOOKS[several], deals, []).rep for several in Several}
    assert chosen == {
        Several.LATEST: "ana",
        Several.EARLIEST: "bo",
        Several.LARGEST: "cy",
        Several.PERSON: None,
    }
