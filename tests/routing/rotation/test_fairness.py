"""Fairness: the hand-computed tables of tests/cases/fairness, and that the parts of a gap add up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from routing.rotation import draw, give_back, join
from routing.rotation.fairness import MADE_UP, ORDER, fairness
from routing.types.people import Absence, Rep, RepId
from routing.types.pools import Choose, PoolName, PoolSettings, PoolState
from routing.types.rotation import EntryKind

CASES = sorted((Path(__file__).parents[2] / "cases" / "fairness").glob("*.yaml"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """An entry of a ledger."""

    at: datetime
    kind: EntryKind
    rep: RepId
    amount: int | None = 0
    weight: int | None = None
    skipped: Mapping[str, Sequence[RepId]] = field(default_factory=dict)


def line(number: int, said: dict[str, Any]) -> Line:
    kind = next(iter(said))
    rest = {name: value for name, value in said.items() if name != kind}
    return Line(at=NOON + timedelta(minutes=number), kind=EntryKind(kind), rep=said[kind], **rest)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = YAML(typ="safe", pure=True).load(path.read_text())
    assert set(case) <= {"because", "choose", "shares", "ledger", "expect", "changes"}
    ledger = [line(number, said) for number, said in enumerate(case["ledger"])]
    report = fairness(ledger, case["shares"], Choose(case.get("choose", "turn_order")))
    shown: dict[str, Any] = {"turns": report.turns}
    for member in report.members:
        parts = {gap.reason: round(gap.turns, 4) for gap in member.gaps}
        shown[member.rep] = {
            "turns": member.turns,
            "expected": round(member.expected, 4),
            "gap": round(member.gap, 4),
            **parts,
        }
    assert shown == case["expect"]
    for rep, wanted in case.get("changes", {}).items():
        [changes] = [member.changes for member in report.members if member.rep == rep]
        assert [[str(change.kind), change.weight] for change in changes] == wanted


NAMES = [RepId(name) for name in ("ana", "ben", "cho", "dan")]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 4), min_size=2),
    st.lists(st.tuples(st.frozensets(st.sampled_from(NAMES), max_size=3), st.booleans()), max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_a_fair_pool_is_explained_to_less_than_a_turn(
    weights: dict[RepId, int], happens: list[tuple[frozenset[RepId], bool]]
) -> None:
    """Whoever is away and whatever is given back, the parts add up; the order is less than two turns."""
    pool = PoolState(name=PoolName("sdr"), settings=PoolSettings(), turn=0, members=())
    for rep, weight in weights.items():
        pool = join(pool, rep, weight)
    gone = (Absence(start=NOON, until=NOON + timedelta(days=1)),)
    lines: list[Line] = []
    for away, returned in happens:
        people = {name: Rep(id=name, name=name, absences=gone if name in away else ()) for name in NAMES}
        move, pool = draw(pool, people, NOON)
        if move.rep is None:
            continue
        passed: dict[str, list[RepId]] = {}
        for skip in move.skipped:
            passed.setdefault(skip.reason, []).append(skip.rep)
        lines.append(Line(at=NOON, kind=EntryKind.DRAW, rep=move.rep, skipped=passed))
        lines += [Line(at=NOON, kind=EntryKind.MISSED, rep=rep, amount=1) for rep in move.missed]
        if returned:
            pool = give_back(pool, move.rep)
            lines.append(Line(at=NOON, kind=EntryKind.GIVE_BACK, rep=move.rep, amount=-1))
    report = fairness(lines, {rep: 100 * weight for rep, weight in weights.items()}, Choose.TURN_ORDER)
    assert sum(member.gap for member in report.members) == pytest.approx(0)
    for member in report.members:
        assert sum(gap.turns for gap in member.gaps) == pytest.approx(member.gap)
        if not any(returned for _, returned in happens):
            assert all(abs(gap.turns) < 2 for gap in member.gaps if gap.reason in (ORDER, MADE_UP))
