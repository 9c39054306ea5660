"""Connections that are kept open between requests, so that a message does not cost a handshake.

Where a connection may go is checked when it is made; one that is kept goes on
to the address that was checked then, for at most `LONGEST` seconds, and a name
that has moved by then is resolved and checked anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpcore2

from service.delivery.guard import Guarded

IDLE = 20.0  # seconds; many servers close after 60, some after 30
LONGEST = 300.0
_MOST = 8  # kept for one origin

Origin = tuple[str, str, int]
"""Scheme, host and port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A connection with what guards it, and when its last request was done."""

    connection: httpcore2.HTTPConnection
    guard: Guarded
    left_at: float


class Lines:
    """The connections that nobody uses just now, by origin. Any number of threads may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._idle: dict[Origin, list[Line]] = {}
        self._lock = threading.Lock()

    def take(self, origin: Origin) -> Line | None:
        """A connection that was given back and is still good; None where there is none."""
        while True:
            with self._lock:
                kept = self._idle.get(origin)
                line = kept.pop() if kept else None
            if line is None or self._good(line):
                return line
            line.connection.close()

    def give_back(self, origin: Origin, connection: httpcore2.HTTPConnection, guard: Guarded) -> None:
        """Keep a connection for the next request, or close it where that cannot be."""
        now = self._clock()
        if connection.is_idle() and now - guard.made_at < LONGEST:
            line = Line(connection=connection, guard=guard, left_at=now)
            with self._lock:
                kept = self._idle.setdefault(origin, [])
                if len(kept) < _MOST:
                    kept.append(line)
                    return
        connection.close()

    def tidy(self) -> None:
        """Close what is kept and no longer good."""
        with self._lock:
            kept = [line for lines in self._idle.values() for line in lines]
            good = {id(line) for line in kept if self._good(line)}
            self._idle = {
                origin: left
                for origin, lines in self._idle.items()
                if (left := [line for line in lines if id(line) in good])
            }
        for line in kept:
            if id(line) not in good:
                line.connection.close()

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            kept = [line for lines in self._idle.values() for line in lines]
            self._idle = {}
        for line in kept:
            line.connection.close()

    def _good(self, line: Line) -> bool:
        now = self._clock()
        fresh = now - line.left_at < IDLE and now - line.guard.made_at < LONGEST
        return fresh and line.connection.is_available() and not line.connection.has_expired()
