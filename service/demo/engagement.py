"""The demo's signals, taken in day by day as they were heard; what they activate is decided by the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from service.db.engine import Database
from service.demo.organisation import rows
from service.desk.desk import Desk
from service.engagement import taking
from service.engagement.deciding import Deciding
from service.engagement.records import SignalRecord
from service.flow.flow import Flow
from service.rulebook.live import LiveRulebook, Policies

_NUMBERS: Mapping[str, Callable[[str], Any]] = {"score": float, "count": int}
_ACCEPTED = timedelta(minutes=40)
"""After which reps take on what is theirs."""


def load(database: Database, now: datetime, new_id: Callable[[], str]) -> None:
    """Let the signals come in, as of ``now``, into a database that has the demo's program and rules."""
    clock = _Clock(now)
    flow = Flow(database, LiveRulebook(), Policies(), clock=clock, new_id=new_id, tell=clock.noted.extend)
    deciding, desk = Deciding(database, flow.handle, clock), Desk(database, flow, clock=clock, new_id=new_id)
    for days, heard in groupby(rows("signals.csv"), key=lambda row: int(row["days"])):
        clock.now = now + timedelta(days=days)
        records = [_record(row, clock.now) for row in heard]
        database.transact(partial(_take, records=records, now=clock.now))
        deciding.run()
        clock.now += _ACCEPTED
        for each in clock.noted:
            if each.decision.assignment is not None:
                desk.accept(each.decision.assignment.id)
        clock.noted.clear()


def _take(connection: Connection, *, records: Sequence[SignalRecord], now: datetime) -> None:
    taking.upsert(connection, records, now)


class _Clock:
    """A clock that is set by hand, and what was decided on it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.noted: list[Any] = []

    def __call__(self) -> datetime:
        return self.now


def _record(row: Mapping[str, str], at: datetime) -> SignalRecord:
    said = {name: _NUMBERS.get(name, str)(value) for name, value in row.items() if value and name != "days"}
    return SignalRecord.model_validate({**said, "at": at})
