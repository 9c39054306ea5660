"""How long a plan takes: 100,000 recorded contacts through the live rulebook and through a draft of it.

    python -m bench.plan [--contacts 100000]

The demo's decisions, copied within the database until there are so many, a second apart; the draft is the
live rulebook with one of its rules over. Prints the clock and the processor (of this process) for the whole.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import insert, select

from service.db import migrate, rulebooks
from service.db.engine import Database
from service.db.recorded import Span
from service.db.tables import contact, decision
from service.demo.load import load
from service.rulebook.live import compiled
from service.rulebook.replay import replay

NOW = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)


def main() -> None:
    """Measure on SQLite."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=100_000)
    contacts = parser.parse_args().contacts
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        migrate.upgrade(database)
        load(database, NOW, lambda: str(uuid4()))
        _copy(database, contacts)
        _measure(database)
        database.dispose()


def _copy(database: Database, contacts: int) -> None:
    with database.read() as connection:
        rows = [row._asdict() for row in connection.execute(select(decision)).all()]
        people = {row.id: row._asdict() for row in connection.execute(select(contact)).all()}
    made, who = [], []
    for number in range(len(rows), contacts):
        row, mark = rows[number % len(rows)], f"copy-{number}"
        person = people[row["contact_id"]]
        who.append(person | {"id": 1_000_000 + number, "identity": f"x:{mark}", "external_id": mark})
        made.append(
            row
            | {"id": mark, "event_key": mark, "contact_id": 1_000_000 + number, "assignment_id": None}
            | {"at": NOW - timedelta(seconds=contacts - number)}
        )
    for start in range(0, len(made), 5000):
        with database.write() as connection:
            connection.execute(insert(contact), who[start : start + 5000])
            connection.execute(insert(decision), made[start : start + 5000])


def _measure(database: Database) -> None:
    with database.read() as connection:
        version = rulebooks.draft(connection).live
        live = rulebooks.get(connection, version) if version else None
    assert live is not None
    before = live.text
    rule = next(line for line in before.splitlines() if line.startswith("  - id: students"))
    draft = compiled(before.replace(rule, f"{rule}\n    until: 2020-01-01"))
    span = Span(since=NOW - timedelta(days=400), until=NOW, limit=None)
    clock, cpu = time.perf_counter(), time.process_time()
    found = replay(database, draft, span, live=compiled(before))
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{found.contacts} contacts, {found.changed} changed: {clock:.1f} s, CPU {cpu:.1f} s, {memory:.0f} MB"
    )


if __name__ == "__main__":
    main()
