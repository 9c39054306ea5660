"""service/db/engine.py: which errors of a database are waited out, and for how long."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from service.db.engine import Database


class _Said(Exception):
    """What the driver raises for an error that PostgreSQL named."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which nobody waits for here."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03", "53200", "08006"])
def test_what_passes_is_tried_again_and_done_once(sqlstate: str, waits: list[float]) -> None:
    tries = _tried(sqlstate, fails=4)
    assert (tries, len(waits)) == (5, 4)


def test_a_full_table_of_locks_is_given_time_to_empty(waits: list[float]) -> None:
    """The batches that fill it take a second or two each; a deadlock is over at once."""
    _tried("53200", fails=4)
    crowded, waits[:] = sum(waits), []
    _tried("40P01", fails=4)
    assert crowded >= 1.5 > 0.75 >= sum(waits)


@pytest.mark.parametrize(("sqlstate", "fails", "attempts"), [("53200", 5, 5), ("42P01", 1, 1)])
def test_what_does_not_pass_is_raised(sqlstate: str, fails: int, attempts: int, waits: list[float]) -> None:
    with pytest.raises(OperationalError):
        _tried(sqlstate, fails=fails)
    assert len(waits) == attempts - 1


def _tried(sqlstate: str, *, fails: int) -> int:
    """How often a transaction was tried whose first attempts end with this error."""
    database = Database("sqlite://")
    tries = 0

    def work(_: Any) -> int:
        nonlocal tries
        tries += 1
        if tries <= fails:
            raise OperationalError("SELECT 1", {}, _Said(sqlstate))
        return tries

    try:
        return database.transact(work)
    finally:
        database.dispose()
