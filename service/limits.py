"""How often one caller may call: a token bucket for each, in this process.

Never on the paths of webhooks: a provider that is told 429 gives up, or calls
again all the harder. Those are bounded by what the inbox takes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from service.problems import TooMany

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
                "Too many calls at once; wait as long as Retry-After says",
                headers={"Retry-After": str(wait)},
            )

    def give_back(self, name: str) -> None:
        """Put a token back: what it was taken for does not count."""
        with self._lock:
            if name in self._buckets:
                tokens, then = self._buckets[name]
                self._buckets[name] = (min(tokens + 1, self._burst), then)
