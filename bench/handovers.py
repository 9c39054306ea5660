"""How long a rep's accounts take to pass to others, on either database.

    python -m bench.handovers [--accounts 10000]

One rep has every account and leaves; four others share them. The clock and the
processor's time (of this process) of the plan and of applying it to the end.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from bench import running
from service.db import accounts, migrate, reps, rulebooks
from service.db.engine import Database
from service.desk.desk import Desk
from service.flow.flow import Flow
from service.handover.handovers import Handovers
from service.handover.request import HandoverRequest
from service.records.accounts import AccountRecord
from service.records.reps import RepRecord
from service.rulebook.live import LiveRulebook, Policies

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
T = TypeVar("T")

RECEIVERS = ["ana", "bo", "cleo", "eve"]


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=10_000)
    number = parser.parse_args().accounts
    with tempfile.TemporaryDirectory() as folder:
        _measure(f"sqlite:///{folder}/bench.db", number)
    with running.postgres() as url:
        _measure(url, number)


def _measure(url: str, number: int) -> None:
    database = Database(url)
    migrate.upgrade(database)
    with database.write() as connection:
        people = [RepRecord(external_id=name, name=name.title()) for name in (*RECEIVERS, "dan")]
        reps.upsert(connection, people, NOW)
        book = "version: 1\nrules: []\nfallback: {then: {queue: inbound}}\n"
        rulebooks.publish(connection, book, author="bench", reason=None, at=NOW)
    for start in range(0, number, 1000):
        made = [
            AccountRecord.model_validate(
                {"external_id": f"A-{each}", "name": f"Account {each}", "owner": "dan"}
            )
            for each in range(start, min(start + 1000, number))
        ]
        with database.write() as connection:
            accounts.upsert(connection, made, NOW)
    handovers = _handovers(database)
    request = HandoverRequest.model_validate(
        {"rep": "dan", "kind": "leaves", "reason": "left", "accounts": {"split": RECEIVERS}}
    )
    name = database.url.get_backend_name()
    plan = _timed(f"{name:>10}  plan ", lambda: handovers.plan(request, "bench"))
    _timed(f"{name:>10}  apply", lambda: (handovers.apply(plan.id, "bench"), handovers.carry_on(plan.id)))
    print(f"{name:>10}  {handovers.get(plan.id).state}")
    database.dispose()


def _timed(what: str, work: Callable[[], T]) -> T:
    began, used = time.perf_counter(), time.process_time()
    result = work()
    clock, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{what} {clock:.1f} s, {cpu:.1f} s of the processor", flush=True)
    return result


def _handovers(database: Database) -> Handovers:
    numbers = count(1)

    def clock() -> datetime:
        return NOW

    def new_id() -> str:
        return f"id-{next(numbers)}"

    flow = Flow(database, LiveRulebook(), Policies(), clock=clock, new_id=new_id)
    desk = Desk(database, flow, clock=clock, new_id=new_id)
    return Handovers(database, flow, desk, clock=clock, new_id=new_id)


if __name__ == "__main__":
    main()
