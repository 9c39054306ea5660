"""The time as the database tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from service.db.clock import DatabaseClock
from service.db.engine import Database


def test_the_database_is_right_when_this_machine_is_not(database: Database) -> None:
    wrong = datetime.now(UTC) + timedelta(hours=3)
    told = DatabaseClock(database, lambda: wrong)()
    if database.sqlite:
        assert told == wrong  # SQLite has no clock but this machine's
    else:
        assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


def test_it_is_not_asked_every_time(database: Database) -> None:
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *_: asked.append(1))
    clock = DatabaseClock(database, lambda: datetime.now(UTC))
    moments = [clock() for _ in range(100)]
    assert moments == sorted(moments)
    assert len(asked) <= 1
