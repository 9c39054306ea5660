"""How long one contact takes in the database: found, scored and decided, as the flow does it.

    python -m bench.speed single --database sqlite:///.muster/speed/1000000.db --accounts 1000000
    python -m bench.speed single --database postgresql --accounts 1000000

The database is filled with made accounts (see `bench.speed.made`) when it is
empty; the word "postgresql" starts a server of its own for the run, whose files
stay in the folder and are used again. Each
contact is read, matched and forgotten, one at a time, after 300 to warm up, in a
process that is settled as a server is (`service.collector`).
Milliseconds of each stage by the clock, and of all by this process's own
processor, which a busy machine disturbs less. With ``--rounds`` all contacts are
matched so often, and of each the fastest time counts: what a busy machine took
from one round is left out, and what is always slow stays.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from bench.running import postgres
from bench.speed.filled import fill
from bench.speed.made import CONTACT_COLUMNS, Maker
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import default_policy
from matching.types import Contact
from service import collector
from service.db import candidates
from service.db.engine import Database

_WARM = 300
_STAGES = ("normalise", "find", "match", "all", "all, cpu")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--database", default="sqlite:///.muster/speed/100000.db")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--contacts", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(".muster/speed"))


def run(given: argparse.Namespace) -> None:
    """Fill, warm up, measure, print."""
    with opened(given.database, given.folder / f"postgresql-{given.accounts}") as database:
        fill(database, given.accounts)
        contacts = list(islice(_contacts(given.accounts), given.contacts + _WARM))
        collector.settle()
        _measure(database, contacts[:_WARM])
        rounds = [_measure(database, contacts[_WARM:]) for _ in range(given.rounds)]
    print(f"{database.url.get_backend_name()}, {given.accounts:,} accounts, one contact at a time")
    taken: list[tuple[float, ...]] = [
        tuple(map(min, zip(*same, strict=True))) for same in zip(*rounds, strict=True)
    ]
    for stage, times in zip(_STAGES, zip(*taken, strict=True), strict=True):
        print(f"  {stage:10} {_figures(times)}")


def _figures(times: Sequence[float]) -> str:
    ordered = sorted(1000 * each for each in times)
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"p50 {statistics.median(ordered):6.2f}  p99 {p99:6.2f}  mean {statistics.mean(ordered):6.2f} ms"


def _measure(database: Database, contacts: Sequence[Contact]) -> list[tuple[float, ...]]:
    now, policy = datetime.now(UTC), default_policy()
    taken: list[tuple[float, ...]] = []
    with database.read() as connection:
        for contact in contacts:
            began, cpu = time.perf_counter(), time.process_time()
            normal = normalize(contact)
            normalised = time.perf_counter()
            considered = candidates.consider(connection, [normal], now)[0]
            found = time.perf_counter()
            match_contact(normal, considered, policy)
            done, cpu = time.perf_counter(), time.process_time() - cpu
            taken.append((normalised - began, found - normalised, done - found, done - began, cpu))
    return taken


def _contacts(accounts: int) -> Iterator[Contact]:
    maker = Maker()
    known = list(maker.accounts(accounts))
    for row in maker.contacts(known, 1 << 30):
        said = {name: cell or None for name, cell in zip(CONTACT_COLUMNS, row, strict=True)}
        yield Contact(**{name: said[name] for name in ("company", "email", "country", "city")})  # type: ignore[arg-type]


@contextmanager
def opened(url: str, kept: Path) -> Iterator[Database]:
    """The database of a URL; of the word "postgresql" on a server for the run, whose files are ``kept``."""
    if url == "postgresql":
        with postgres(kept) as started, opened(started, kept) as database:
            yield database
        return
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()
