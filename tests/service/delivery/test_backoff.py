"""When failed messages are tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.delivery.backoff import ATTEMPTS, LONGEST_ASKED, wait_after

S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

# The wait after the n-th attempt failed, without jitter, and when the next attempt is made:
SCHEDULE = [
    (1, 5 * S),  #          5 s
    (2, 5 * M),  #          5 m  5 s
    (3, 30 * M),  #        35 m  5 s
    (4, 2 * H),  #     2 h 35 m  5 s
    (5, 5 * H),  #     7 h 35 m  5 s
    (6, 10 * H),  #   17 h 35 m  5 s
    (7, 14 * H),  #   31 h 35 m  5 s
    (8, 20 * H),  #   51 h 35 m  5 s
    (9, 24 * H),  #   75 h 35 m  5 s, the tenth and last
]


@pytest.mark.parametrize(("attempts", "wait"), SCHEDULE)
def test_the_schedule(attempts: int, wait: timedelta) -> None:
    assert wait_after(attempts, chance=0) == wait
    assert wait_after(attempts, chance=0.5) == wait * 1.1
    assert wait_after(attempts, chance=1) == wait * 1.2


def test_ten_attempts_span_seventy_five_hours() -> None:
    total = sum((wait for _, wait in SCHEDULE), timedelta())
    assert ATTEMPTS == 10
    assert total == 75 * H + 35 * M + 5 * S
    assert wait_after(10, chance=0) is None
    assert wait_after(11, chance=0) is None


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(0), 5 * M),  # never sooner than planned
        (1 * M, 5 * M),
        (10 * M, 10 * M),
        (23 * H, 23 * H),
        (timedelta(days=400), LONGEST_ASKED),  # nor later than a day
    ],
)
def test_a_receiver_may_ask_for_a_longer_wait(asked: timedelta, wait: timedelta) -> None:
    assert wait_after(2, chance=0, asked=asked) == wait


def test_asking_does_not_buy_an_eleventh_attempt() -> None:
    assert wait_after(10, chance=0, asked=1 * H) is None
