"""How long each report takes over 100,000 decisions, on either database.

    python -m bench.reports [--rows 100000]

Rows are made in the database itself, a month of them; each report is read three
times by pool and hour; the fastest is printed, on the clock and of the processor (of this process).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bench import running
from service.db import migrate
from service.db.engine import Database
from service.db.tables import assignment, assignment_clock, contact, decision, decision_figure
from service.reports.answering import Asked, figures
from service.reports.period import Period
from service.reports.register import REPORTS

START = datetime(2026, 3, 1, tzinfo=UTC)
BODY = {"routing": {}, "facts": {}, "padding": "x" * 4000}


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        _measure(f"sqlite:///{folder}/bench.db", rows)
    with running.postgres() as url:
        _measure(url, rows)


def _measure(url: str, rows: int) -> None:
    database = Database(url)
    migrate.upgrade(database)
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
        clock, cpu = _fastest(database, asked, now)
        name = f"{database.url.get_backend_name():>10}  {report.name:<14}"
        print(f"{name} {clock:.3f} s, {cpu:.3f} s of the processor")
    database.dispose()


def _fastest(database: Database, asked: Asked, now: datetime) -> tuple[float, float]:
    took = []
    for _ in range(3):
        began, used = time.perf_counter(), time.process_time()
        with database.read() as connection:
            figures(connection, asked, now)
        took.append((time.perf_counter() - began, time.process_time() - used))
    return min(took)


def _tables(start: int, end: int) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    each = [_row(number) for number in range(start, end)]
    for table in (contact, decision, assignment, decision_figure, assignment_clock):
        names = {column.name for column in table.columns}
        renamed = {contact: "c", decision: "d", assignment: "a", decision_figure: "f", assignment_clock: "k"}[
            table
        ]
        yield (
            table,
            [{name: value for name, value in (row | row[renamed]).items() if name in names} for row in each],
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
        "rep": f"rep-{number % 50}",
        "pool": f"pool-{number % 8}",
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
