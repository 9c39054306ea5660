"""When a share counts as moved: cases to read, and how often chance alone sounds the alarm."""

from __future__ import annotations

import random

import pytest

from service.db.shares import Counted
from service.rulebook.drift import Shares, compare, shares

KNOWN = frozenset({"owner"})

CASES = [
    # before of, now of: whether the alarm sounds
    ((20, 1000), (21, 1000), False, "the same"),
    ((20, 1000), (20, 200), True, "a fallback that grew from 2 % to 10 %"),
    ((20, 1000), (4, 40), False, "too few since the publication"),
    ((2, 40), (40, 400), False, "too few before"),
    ((0, 1000), (60, 300), True, "what never was, is"),
    ((200, 1000), (0, 200), True, "what was, is no more"),
    ((500, 1000), (600, 1000), False, "certain, but not half as much again"),
    ((4, 10_000), (20, 10_000), False, "four times as many, and still next to nothing"),
    ((30, 1000), (9, 150), False, "twice as many may be chance"),
    ((300, 1000), (190, 1000), True, "more than a third of it gone"),
]


@pytest.mark.parametrize(("before", "now", "alarm", "said"), CASES, ids=[case[3] for case in CASES])
@pytest.mark.parametrize("measure", ["fallback", "rule:owner"])
def test_when_a_share_has_moved(
    before: tuple[int, int], now: tuple[int, int], alarm: bool, said: str, measure: str
) -> None:
    was, there = (Shares(total=of, counts={measure: count}) for count, of in (before, now))
    assert [each.measure for each in compare(was, there, KNOWN) if each.drifted] == [measure] * alarm


def test_a_rule_that_is_new_or_gone_moves_by_design() -> None:
    was, there = Shares(total=500, counts={"rule:old": 250}), Shares(total=500, counts={"rule:new": 250})
    found = {each.measure: each for each in compare(was, there, KNOWN)}
    assert not any(each.drifted for each in found.values())
    assert not found["rule:old"].known and not found["rule:new"].known


def test_what_is_counted() -> None:
    counted = [
        Counted(rule="owner", routing="assigned", match="matched", decisions=6),
        Counted(rule="fallback", routing="held", match="unmatched", decisions=3),
        Counted(rule="students", routing="rejected", match="review", decisions=1),
    ]
    assert shares(counted) == Shares(
        total=10,
        counts={
            "rule:owner": 6, "fallback": 3, "unmatched": 3, "held": 3,
            "rule:students": 1, "review": 1, "rejected": 1,
        },
    )  # fmt: skip


def test_chance_alone_seldom_sounds_the_alarm() -> None:
    """Looked at again and again while the shares grow, with twenty rules: one run in a hundred at most."""
    dice = random.Random(11)
    rules = [f"rule:r{n}" for n in range(20)]
    known = frozenset(name.removeprefix("rule:") for name in rules)
    false = 0
    for _ in range(100):
        drawn = dice.choices(rules, weights=range(1, 21), k=2400)
        was = Shares(total=800, counts={name: drawn[:800].count(name) for name in rules})
        looks = range(860, 2400, 100)
        false += any(
            each.drifted
            for end in looks
            for each in compare(
                was, Shares(total=end - 800, counts={n: drawn[800:end].count(n) for n in rules}), known
            )
        )
    assert false <= 1
