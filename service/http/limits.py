"""How often one caller may call, and how much heavy work of each kind goes on at once, in this process.

Calls are counted never on the paths of webhooks: a provider that is told 429
gives up, or calls again all the harder. Those are bounded by what the inbox takes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from math import ceil

from service.problems import TooMany, Unavailable

_MOST = 10_000
"""Callers remembered; whoever has not called the longest is forgotten, and starts with a full bucket."""


class Buckets:
    """Token buckets by name. ``rate``: tokens a second; ``burst``: how many a bucket holds."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Take a token. Raises TooMany when there is none."""
        with self._lock:
            now = self._clock()
            tokens, then = self._buckets.pop(name, (float(self._burst), now))
            tokens = min(tokens + (now - then) * self._rate, self._burst)
            enough = tokens >= 1
            self._buckets[name] = (tokens - 1 if enough else tokens, now)
            if len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
        if not enough:
            wait = max(1, ceil((1 - tokens) / self._rate))
            raise TooMany(
                f"Too many tries or calls; come again in {wait} s",
                headers={"Retry-After": str(wait)},
            )

    def give_back(self, name: str) -> None:
        """Put a token back: what it was taken for does not count."""
        with self._lock:
            if name in self._buckets:
                tokens, then = self._buckets[name]
                self._buckets[name] = (min(tokens + 1, self._burst), then)


class Work(StrEnum):
    """The kinds of calls that take long. Each has places of its own: none keeps another waiting."""

    DECIDE = "decide"  # many contacts
    MATCH = "match"  # many contacts
    WRITE = "write"  # many records, or a file
    RULES = "rules"  # check, test, plan, try
    READ = "read"  # reports, exports, verification, searches through everything


class Places:
    """Room for heavy calls: ``at_once`` of each kind are worked on, ``in_line`` more wait for ``seconds``.

    All kinds together stay below the threads that calls are worked on with (40), so that
    the light ones, and webhooks, always find one. Lives in one event loop.
    """

    def __init__(self, at_once: int = 4, in_line: int = 16, seconds: float = 20) -> None:
        self._at_once = at_once
        self._in_line = in_line
        self._seconds = seconds
        self._free: dict[Work, asyncio.Semaphore] = {}
        self._waiting: dict[Work, int] = {}

    @asynccontextmanager
    async def held(self, work: Work) -> AsyncIterator[None]:
        """Hold a place. Raises Unavailable when too many wait already, or none comes free in time."""
        free = self._free.setdefault(work, asyncio.Semaphore(self._at_once))
        waiting = self._waiting.get(work, 0)
        if free.locked() and waiting >= self._in_line:
            raise _crowded()
        self._waiting[work] = waiting + 1
        try:
            async with asyncio.timeout(self._seconds):
                await free.acquire()
        except TimeoutError:
            raise _crowded() from None
        finally:
            self._waiting[work] -= 1
        try:
            yield
        finally:
            free.release()


def _crowded() -> Unavailable:
    return Unavailable("Too many calls of this kind are being worked on; send this one again", retry_after=5)
