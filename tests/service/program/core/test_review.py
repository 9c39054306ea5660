"""What becomes of a nomination by what the sides say, and the order in which nominations wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.program.core.review import Said, Standing, State, Verdict, in_order, settled

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOTH = ("sales", "marketing")


def said(**verdicts: str | None) -> dict[str, Said]:
    return {
        side: Said(
            side=side,
            verdict=Verdict(verdict) if verdict else None,
            rank=None,
            reason=None,
            by=side,
            by_id=side,
            at=NOW,
        )
        for side, verdict in verdicts.items()
    }


@pytest.mark.parametrize(
    ("sales", "marketing", "becomes"),
    [
        (None, None, State.NOMINATED),
        ("approve", None, State.NOMINATED),
        ("approve", "approve", State.APPROVED),
        ("approve", "waitlist", State.WAITLISTED),
        ("waitlist", "waitlist", State.WAITLISTED),
        ("waitlist", None, State.NOMINATED),
        ("decline", None, State.DECLINED),
        ("approve", "decline", State.DECLINED),
        ("decline", "waitlist", State.DECLINED),
    ],
)
def test_both_sides_must_want_it(sales: str | None, marketing: str | None, becomes: State) -> None:
    assert settled(said(sales=sales, marketing=marketing), BOTH) is becomes


def test_one_side_is_enough_where_the_settings_say_so() -> None:
    assert settled(said(marketing="approve"), ("marketing",)) is State.APPROVED
    assert settled({}, BOTH) is State.NOMINATED


def test_the_best_mean_rank_comes_first_and_who_has_none_last() -> None:
    def standing(name: str, minutes: int, *ranks: int) -> Standing:
        return Standing(id=name, made_at=NOW + timedelta(minutes=minutes), ranks=ranks)

    found = [
        standing("unranked-later", 9),
        standing("unranked", 3),
        standing("third", 1, 3, 3),
        standing("second-later", 5, 2),
        standing("second", 4, 3, 1),
        standing("first", 8, 1, 2),
    ]
    wanted = ["first", "second", "second-later", "third", "unranked", "unranked-later"]
    assert in_order(found) == in_order(reversed(found)) == wanted
