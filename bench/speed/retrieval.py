"""How long it takes to find the accounts a contact may belong to, in the database.

    python -m bench.speed.retrieval --database sqlite:///.muster/retrieval.db --accounts 200000

The database is filled on the first run and kept. Accounts are the real ones of
MUSTER_SHARED/bench/dev (../shared beside the repository unless set), then ones
made of their words: each word of a real name is kept or replaced by that of
another, so that common and rare words stay as common and rare as they are.
Contacts are the real ones. Printed: milliseconds for one contact, and for each
contact of a batch of 500, as p50, p99 and mean; and this process's own CPU time,
which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from matching.normalize import normalize
from matching.types import Contact, NormalizedContact
from service.db import account_keys, accounts, candidates, migrate
from service.db.engine import Database
from service.imports import rows
from service.imports.headers import Kind, recognise
from service.imports.reading import open_file
from service.records import AccountRecord

BATCH = 500
FILES = Path(os.environ.get("MUSTER_SHARED", Path(__file__).parents[3] / "shared")) / "bench" / "dev"


def account_records(count: int) -> Iterator[AccountRecord]:
    """``count`` accounts, the real ones first."""
    real: list[AccountRecord] = []
    with open_file(FILES / "accounts.csv.gz") as source:
        columns = recognise(Kind.ACCOUNTS, source.headers)
        for row in source.rows:
            read = rows.from_cells(Kind.ACCOUNTS, columns, row.line, row.value)
            if isinstance(read.record, AccountRecord):
                real.append(read.record)
    yield from real[:count]
    chance = random.Random(7)
    words = [word for record in real for word in (record.name or "").split()]
    for number in range(count - len(real)):
        model = chance.choice(real)
        name = " ".join(
            word if chance.random() < 0.5 else chance.choice(words) for word in (model.name or "x").split()
        )
        letters = "".join(filter(str.isalnum, name.lower().encode("ascii", "ignore").decode()))
        yield AccountRecord(
            external_id=f"made-{number}",
            name=name[:256],
            domains=[f"{letters[:40]}{number}.com"],
            country=model.country,
        )


def contacts() -> list[NormalizedContact]:
    """The real contacts, in a fixed random order."""
    with gzip.open(FILES / "contacts.csv.gz", "rt", encoding="utf-8", newline="") as file:
        asked = [
            normalize(
                Contact(
                    company=row["company"] or None,
                    email=row["email"] or None,
                    website=row["website"] or None,
                    country=row["country"] or None,
                    city=row["city"] or None,
                    phone=row["phone"] or None,
                )
            )
            for row in csv.DictReader(file)
        ]
    random.Random(7).shuffle(asked)
    return asked


def fill(database: Database, count: int) -> None:
    """Store accounts until there are ``count``."""
    now = datetime.now(UTC)
    with database.read() as connection:
        stored = account_keys.total(connection)
    waiting: list[AccountRecord] = []
    began = time.monotonic()
    for number, record in enumerate(account_records(count)):
        if number < stored:
            continue
        waiting.append(record)
        if len(waiting) == BATCH or number == count - 1:
            batch, waiting = waiting, []
            database.transact(partial(accounts.upsert, records=batch, now=now))
    if stored < count:
        seconds = time.monotonic() - began
        print(
            f"stored {count - stored} accounts in {seconds:.0f} s, {(count - stored) / seconds:.0f} a second"
        )
    if not database.sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def measure(database: Database, asked: list[NormalizedContact], batch: int) -> list[float]:
    """Milliseconds for each contact, asked ``batch`` at a time."""
    now = datetime.now(UTC)
    taken = []
    with database.read() as connection:
        for start in range(0, len(asked) - batch + 1, batch):
            began = time.perf_counter()
            candidates.consider(connection, asked[start : start + batch], now)
            taken.append((time.perf_counter() - began) * 1000 / batch)
    return taken


def main() -> None:
    """Fill the database, warm it up, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", default="sqlite:///.muster/retrieval.db")
    parser.add_argument("--accounts", type=int, default=20_000)
    given = parser.parse_args()
    database = Database(given.database)
    migrate.upgrade(database)
    fill(database, given.accounts)
    asked = contacts()
    measure(database, asked[:200], 1)
    for batch, among in ((1, asked[:2000]), (BATCH, asked)):
        began = time.process_time()
        taken = sorted(measure(database, among, batch))
        cpu = (time.process_time() - began) * 1000 / (len(taken) * batch)
        p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
        figures = f"p50 {statistics.median(taken):6.2f}  p99 {p99:6.2f}  mean {statistics.mean(taken):6.2f}"
        backend = database.url.get_backend_name()
        asked_how = f"{backend:10} {given.accounts:>8} accounts, {batch:>3} at once"
        print(f"{asked_how}: {figures}  cpu {cpu:6.2f} ms each")
    database.dispose()


if __name__ == "__main__":
    main()
