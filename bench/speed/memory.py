"""What a process and the processes it starts take of the machine."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_EVERY = 0.2  # seconds between looks at the memory


@dataclass(slots=True)
class Spent:
    """Seconds of time and of processor, and megabytes at most at one moment, shared pages counted once."""

    seconds: float = 0.0
    cpu: float = 0.0
    megabytes: float = 0.0


@contextmanager
def measured() -> Iterator[Spent]:
    """What the block spends, processes that it starts and ends included."""
    spent, done = Spent(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(spent, done), daemon=True)
    watcher.start()
    began, cpu = time.monotonic(), _cpu()
    try:
        yield spent
    finally:
        spent.seconds = time.monotonic() - began
        done.set()
        watcher.join()
        spent.cpu += _cpu() - cpu


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _watch(spent: Spent, done: threading.Event) -> None:
    while True:
        spent.megabytes = max(spent.megabytes, _megabytes())
        if done.wait(_EVERY):
            spent.cpu -= time.thread_time()  # to look through a gigabyte of pages takes a while
            return


def _megabytes() -> float:
    """The proportional size of this process and its children: a page they share counts once."""
    children = Path("/proc/self/task").glob("*/children")
    ids = ["self", *(child for path in children for child in path.read_text().split())]
    return sum(map(_proportional, ids)) / 1024


def _proportional(process: str) -> int:
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:  # it ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
