"""Whom a claim for one person really reaches."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.fields import Scope
from routing.rules.base import Away, Request, for_person, is_fit
from routing.types.people import RepId
from tests.routing.situations import situation

PEOPLE = ("ana", "bo", "cy", "dan")


def reached(away: Away, rep: str | None = "ana", **given: Any) -> tuple[Request, Scope]:
    there = situation({"reps": {name: {} for name in PEOPLE}, **given})
    scope = Scope(there.facts, there.now, ZoneInfo("UTC"))
    return for_person(scope, RepId(rep) if rep else None, kind="rep", source="rep", away=away), scope


@pytest.mark.parametrize(
    ("rep", "given", "fault"),
    [
        (None, {}, None),
        ("eve", {}, "eve is not known"),
        ("ana", {"inactive": ["ana"]}, "ana is inactive"),
        ("ana", {"excluded": ["ana"]}, "ana has rejected it"),
    ],
)
def test_who_cannot_have_it(rep: str | None, given: dict[str, Any], fault: str | None) -> None:
    request, _ = reached(Away.COVER, rep, **given)
    assert request.nobody is not None
    assert request.nobody.actual == fault


def test_who_is_there_has_it() -> None:
    request, _ = reached(Away.COVER)
    assert (request.rep, request.covers, request.nobody) == ("ana", None, None)


COVERS = st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from([*PEOPLE, None]))
SOME = st.lists(st.sampled_from(PEOPLE), unique=True)


@given(absent=COVERS, inactive=SOME, excluded=SOME, away=st.sampled_from(list(Away)))
def test_whoever_gets_it_is_fit_and_a_cover_is_there(
    absent: dict[str, str | None], inactive: list[str], excluded: list[str], away: Away
) -> None:
    """However covers point at each other, in circles too, it ends, and never at someone unfit."""
    request, scope = reached(away, absent=absent, inactive=inactive, excluded=excluded)
    if request.nobody is None:
        assert request.rep is not None
        assert is_fit(scope, request.rep)
        if request.covers is not None:
            assert request.covers == "ana"
            assert request.rep not in absent
        if away is Away.PASS:
            assert request.rep not in absent
    elif "ana" not in [*inactive, *excluded]:
        assert away is Away.PASS
