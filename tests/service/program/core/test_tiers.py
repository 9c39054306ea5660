"""Tiers in time, as tests/cases/program/tiers.yaml has them, and the count of those held at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from ruamel.yaml import YAML

from routing.types.facts import ProgramTier
from service.program.core.tiers import (
    Group,
    PastStays,
    Placement,
    Timeline,
    approved,
    in_force,
    most_at_once,
    placed,
    released,
    withdrawn,
)

CASES = YAML(typ="safe").load((Path(__file__).parents[3] / "cases" / "program" / "tiers.yaml").read_text())
DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(text: str) -> datetime | None:
    return None if text == "-" else datetime.fromisoformat(f"2026-{text}T00:00:00+00:00")


def placement(tier: str, starts: str, until: str, *, id: int | None = None, **said: Any) -> Placement:
    began = day(starts)
    assert began is not None
    return Placement(
        account="A-1",
        tier=ProgramTier(tier),
        group=Group(),
        starts=began,
        until=day(until),
        reason="as decided",
        decided_by="pia",
        decided_at=DAY_0,
        id=id,
        **said,
    )


def lines(timeline: Timeline) -> list[str]:
    return [
        f"{each.tier} {each.starts:%m-%d} {f'{each.until:%m-%d}' if each.until else '-'}" for each in timeline
    ]


def after(case: dict[str, Any]) -> Timeline:
    before = tuple(placement(*line.split(), id=n) for n, line in enumerate(case.get("before", ()), 1))
    now = day(case["now"])
    assert now is not None
    if "place" in case:
        return placed(before, placement(*case["place"].split()), now)
    if "release" in case:
        return released(before, day(case["release"]) or now, "pia", "it was sold")
    name, *times = case["approve"].split()
    term = placement("strategic", *times, nomination=name)
    found = approved(before, term, placement("one_to_few", times[1], "-", nomination=name), now)
    if "withdraw" in case:
        return withdrawn(found, case["withdraw"], day(case.get("later", "-")) or now)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_tiers(case: dict[str, Any]) -> None:
    if case["gives"] == "the past stays":
        with pytest.raises(PastStays):
            after(case)
        return
    found = after(case)
    assert lines(found) == case["gives"]
    rows = [each.id for each in found if each.id is not None]
    assert len(set(rows)) == len(rows), "a stored row is one span"


SPANS = st.lists(
    st.tuples(
        st.sampled_from(list(ProgramTier)), st.integers(0, 40), st.one_of(st.none(), st.integers(1, 30))
    ),
    max_size=6,
)


@trials(max_examples=80, deadline=None)
@given(spans=SPANS, today=st.integers(0, 40))
def test_whatever_is_placed_nothing_overlaps_and_the_past_stays(spans: list[Any], today: int) -> None:
    now = DAY_0 + timedelta(days=today)
    timeline: Timeline = ()
    for tier, starts, length in spans:
        began = DAY_0 + timedelta(days=starts)
        new = Placement(
            account="A-1",
            tier=tier,
            group=Group(),
            starts=began,
            until=None if length is None else began + timedelta(days=length),
            reason="",
            decided_by="",
            decided_at=now,
        )
        try:
            changed = placed(timeline, new, now)
        except PastStays:
            continue
        for moment in (DAY_0 + timedelta(days=n) for n in range(80)):
            assert sum(each.holds(moment) for each in changed) <= 1
            held = in_force(timeline, moment)
            if moment < now and held is not None:
                there = in_force(changed, moment)
                assert there is not None and there.tier is held.tier
            if new.holds(moment):
                assert in_force(changed, moment) == new
        timeline = changed


@trials(max_examples=80, deadline=None)
@given(terms=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)), max_size=8), of=st.integers(0, 30))
def test_the_fullest_moment_is_that_of_the_fullest_day(terms: list[tuple[int, int]], of: int) -> None:
    spans = [placement("strategic", "01-01", "-") for _ in terms]
    made = [
        Placement(
            account=str(n),
            tier=ProgramTier.STRATEGIC,
            group=span.group,
            starts=DAY_0 + timedelta(days=start),
            until=DAY_0 + timedelta(days=start + length),
            reason="",
            decided_by="",
            decided_at=DAY_0,
        )
        for n, ((start, length), span) in enumerate(zip(terms, spans, strict=True))
    ]
    days = [DAY_0 + timedelta(days=of + n) for n in range(10)]
    counted = max(sum(each.holds(moment) for each in made) for moment in days)
    assert most_at_once(made, days[0], days[-1] + timedelta(days=1)) == counted


def test_a_groups_name_is_made_of_what_is_said() -> None:
    assert Group(segment="enterprise", vertical="fintech").name == "enterprise / fintech"
    assert Group().name is None
