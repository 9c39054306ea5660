"""How long each report takes over 100,000 decisions, on either database.

    python -m bench.reports [--rows 100000] [--postgres]

Rows are made in the database itself, a month of them; each report is read three
times by pool and hour; the fastest is printed, on the clock and of the processor (of this process).
Fairness is read over as many turns of eight pools, by day. `--postgres` leaves SQLite out.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert

from bench import running
from service.db import migrate, pools
from service.db.engine import Database
from service.db.tables import assignment, assignment_clock, contact, decision, decision_figure, turn
from service.records.pools import PoolRecord
from service.reports import fairness
from service.reports.answering import Asked, figures
from service.reports.period import Period
from service.reports.register import REPORTS

START = datetime(2026, 3, 1, tzinfo=UTC)
POOLS, REPS = 8, 48
BODY = {"routing": {}, "facts": {}, "padding": "x" * 4000}
_OWN: dict[Any, str] = {
    contact: "c",
    decision: "d",
    assignment: "a",
    decision_figure: "f",
    assignment_clock: "k",
    turn: "t",
}
"""The tables that are filled, each with where in a row its own values are."""


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL alone.")
    chosen = parser.parse_args()
    if not chosen.postgres:
        with tempfile.TemporaryDirectory() as folder:
            _measure(f"sqlite:///{folder}/bench.db", chosen.rows)
    with running.postgres() as url:
        _measure(url, chosen.rows)


def _measure(url: str, rows: int) -> None:
    database = Database(url)
    migrate.upgrade(database)
    with database.write() as connection:
        records = [PoolRecord.model_validate(_pool(number)) for number in range(POOLS)]
        pools.upsert(connection, records, START)
    for start in range(0, rows, 5000):
        with database.write() as connection:
            for table, made in _tables(start, min(start + 5000, rows)):
                connection.execute(insert(table), made)
    now = START + timedelta(days=31)
    period = Period(since=START, until=now, zone="Europe/Berlin")
    for report in REPORTS.values():
        names = {each.name for each in report.dimensions}
        by = tuple(name for name in ("pool", "hour") if name in names) or ("kind",)
        asked = Asked(report=report, period=period, by=by, only={})
        _print(database, report.name, *_fastest(database, partial(figures, asked=asked, now=now)))
    _print(database, "fairness", *_fastest(database, partial(_fairness, period=period)))
    database.dispose()


def _print(database: Database, what: str, clock: float, cpu: float) -> None:
    name = f"{database.url.get_backend_name():>10}  {what:<14}"
    print(f"{name} {clock:.3f} s, {cpu:.3f} s of the processor", flush=True)


def _fairness(connection: Connection, period: Period) -> None:
    found = fairness.read(
        connection, pools.every(connection), period, fairness.ends_of(period, fairness.Each.DAY)
    )
    assert found.reps


def _fastest(database: Database, read: Callable[[Connection], object]) -> tuple[float, float]:
    took = []
    for _ in range(3):
        began, used = time.perf_counter(), time.process_time()
        with database.read() as connection:
            read(connection)
        took.append((time.perf_counter() - began, time.process_time() - used))
    return min(took)


def _pool(number: int) -> dict[str, Any]:
    return {"name": f"pool-{number}", "members": [{"rep": f"rep-{n}"} for n in range(number, REPS, POOLS)]}


def _tables(start: int, end: int) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    each = [_row(number) for number in range(start, end)]
    for table, own in _OWN.items():
        names = {column.name for column in table.columns}
        yield (
            table,
            [{name: value for name, value in (row | row[own]).items() if name in names} for row in each],
        )


def _row(number: int) -> dict[str, Any]:
    at = START + timedelta(seconds=number * 25 % 2_600_000)
    touched = at + timedelta(seconds=60 + number * 7919 % 90_000) if number % 5 else None
    return {
        "c": {"id": number + 1, "identity": f"x:{number}"},
        "d": {"id": f"d{number}", "assignment_id": f"a{number}"},
        "a": {"id": f"a{number}", "status": "accepted" if touched else "assigned"},
        "f": {"decision_id": f"d{number}", "started": f"a{number}"},
        "k": {
            "assignment_id": f"a{number}",
            "name": "first_touch",
            "state": "met" if touched else "running",
            "ended_at": touched,
        },
        "t": {
            "pool_id": number % POOLS + 1,
            "turn": number // POOLS + 1,
            "kind": "draw",
            "rep": f"rep-{number % REPS}",
            "amount": 0,
            "skipped": {"absent": [f"rep-{(number + POOLS) % REPS}"]} if number % 10 == 0 else {},
        },
        "promise": {},
        "anchor_at": at,
        "left_seconds": 14_400,
        "started_at": at,
        "data": {},
        "answers": {},
        "event_key": f"e{number}",
        "event_digest": "0",
        "contact_id": number + 1,
        "decision_id": f"d{number}",
        "occurred_at": at,
        "created_at": at,
        "updated_at": at,
        "received_at": at - timedelta(seconds=number % 90),
        "at": at,
        "match_outcome": "matched" if number % 3 else "unmatched",
        "routing_outcome": "assigned",
        "score": 0.9,
        "rule": "owner" if number % 4 else "fallback",
        "rep": f"rep-{number % REPS}",
        "pool": f"pool-{number % POOLS}",
        "source": "form",
        "policy_version": "p",
        "rulebook_version": "r",
        "body": BODY,
        "assigned_at": at,
        "accepted_at": touched,
        "touched_at": touched,
        "due_at": at + timedelta(hours=4),
        "contested": number % 9 == 0,
        "told": 0,
        "again": False,
    }


if __name__ == "__main__":
    main()
