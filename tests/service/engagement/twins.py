"""Two processes that hear of one account at the same moment.

`python -m tests.service.engagement.twins MOMENT` imports everything once; for each URL of a database that it
reads, it forks two processes, lets them begin together, and says how they ended.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from service.db.engine import Database
from service.engagement import taking
from service.engagement.records import SignalRecord

_SECONDS = 60


class Twins:
    """The process that forks them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def hear(self, database_url: str) -> str:
        """Have both take in three forms each; their exit codes."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{database_url}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@contextmanager
def twins(now: datetime) -> Iterator[Twins]:
    """The process, at a moment of the story; ended at the end."""
    command = [sys.executable, "-m", "tests.service.engagement.twins", now.isoformat()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Twins(process)
        process.communicate(timeout=_SECONDS)


def _hear(url: str, name: str, now: datetime, barrier: Any) -> None:
    database = Database(url)
    records = [SignalRecord(kind="form", email=f"{name}{n}@one.example") for n in range(3)]
    barrier.wait(_SECONDS)
    database.transact(lambda connection: taking.upsert(connection, records, now))


def main() -> None:
    """Fork two for each line, until there is none."""
    context, now = multiprocessing.get_context("fork"), datetime.fromisoformat(sys.argv[1])
    for line in sys.stdin:
        barrier = context.Barrier(2)
        both = [context.Process(target=_hear, args=(line.strip(), name, now, barrier)) for name in "ab"]
        for each in both:
            each.start()
        for each in both:
            each.join(2 * _SECONDS)
        print(*(each.exitcode for each in both), flush=True)


if __name__ == "__main__":
    main()
