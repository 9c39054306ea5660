"""How much of webhooks one process takes on at once, so that no caller can keep the others out.

A call takes its place only once its body is there: whoever sends slowly holds a connection and what has
arrived, nothing else. Bodies beyond an ordinary size share a fixed amount of memory; the ordinary ones,
which is nearly every call of nearly every provider, are never refused for want of it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect

from service.problems import Timeout, TooLarge, Unavailable

IN_FLIGHT = 200
"""Calls that are verified and kept at once; above it they are sent away, to come again."""

ORDINARY = 64 * 1024
LARGE_BODIES = 64 * 1024 * 1024
"""Bytes that bodies beyond the ordinary may hold together while they arrive and are worked on."""

_FULL = "More webhooks arrive than can be kept just now; send this one again"


class Gate:
    """Counts the calls that are being taken in, and refuses those beyond the limit."""

    def __init__(self, limit: int = IN_FLIGHT) -> None:
        self._free = threading.BoundedSemaphore(limit)

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Hold a place. Raises Unavailable when there is none."""
        if not self._free.acquire(blocking=False):
            raise Unavailable(_FULL, retry_after=2)
        try:
            yield
        finally:
            self._free.release()


class Room:
    """The memory that large bodies share."""

    def __init__(self, size: int = LARGE_BODIES) -> None:
        self._free = size
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Take so many bytes. Raises Unavailable when there are not as many left."""
        with self._lock:
            if size > self._free:
                raise Unavailable(_FULL, retry_after=5)
            self._free -= size

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self._free += size


class Body:
    """The body of one call while it is there: its bytes, and what it takes of the room for large ones."""

    def __init__(self, room: Room, limit: int) -> None:
        self._room = room
        self._limit = limit
        self._taken = 0

    @contextmanager
    def held(self) -> Iterator[Body]:
        """Give the room back at the end, whatever happens."""
        try:
            yield self
        finally:
            self._room.give_back(self._taken)

    async def read(self, request: Request) -> bytes:
        """The bytes.

        Raises TooLarge, Timeout when the caller goes away, and Unavailable when there is no room.
        """
        declared = request.headers.get("content-length", "0")
        if not declared.isdecimal() or len(declared) > 18 or int(declared) > self._limit:
            self._too_large()
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > self._limit:
                    self._too_large()
                if size > ORDINARY:
                    self._take(size - ORDINARY - self._taken)
                chunks.append(chunk)
        except ClientDisconnect:
            raise Timeout("The body did not arrive whole") from None
        return b"".join(chunks)

    def _take(self, size: int) -> None:
        self._room.take(size)
        self._taken += size

    def _too_large(self) -> None:
        raise TooLarge(f"The body is larger than {self._limit} bytes")
