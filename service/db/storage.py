"""Whether what is written can be kept: told by the writes themselves, not tried out.

A full disk, or one that is read-only, fails every write and no read, so a database that answers does not
say that it takes anything. The last failure counts until something is written, and no longer than `LASTS`:
who sends no more because of it would otherwise never learn that there is room again.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LASTS = 60.0
"""Seconds that a failure counts for."""

_WHAT = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "the database is read-only",
    "SQLITE_IOERR": "the disk cannot be written to",
    "SQLITE_CANTOPEN": "a file of the database cannot be opened",
    "53100": "the disk of the database is full",
    "58030": "the disk of the database cannot be written to",
    "25006": "the database is read-only",
}


def code_of(error: BaseException) -> str | None:
    """SQLite's name of a fault, or PostgreSQL's SQLSTATE; None for any other error."""
    fault = getattr(error, "orig", None) or error
    code = getattr(fault, "sqlite_errorname", None) or getattr(fault, "sqlstate", None)
    return code if isinstance(code, str) else None


class Storage:
    """What the writes of one process say of where they go. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: tuple[float, str] | None = None

    def wrote(self) -> None:
        """Something was written and committed."""
        self._failed = None

    def failed(self, error: BaseException) -> None:
        """A write failed; only what storage is at fault for counts."""
        code = code_of(error)
        if code is not None and _what(code) is not None:
            self._failed = (self._clock(), code)

    def trouble(self) -> str | None:
        """Why nothing can be written now, as far as is known; None where nothing speaks against it."""
        failed = self._failed
        if failed is None or self._clock() - failed[0] > LASTS:
            return None
        return f"{_what(failed[1])} ({failed[1]})"


def _what(code: str) -> str | None:
    """What a code says of the storage; SQLite's extended ones begin with the plain (SQLITE_IOERR_WRITE)."""
    return _WHAT.get(code) or _WHAT.get("_".join(code.split("_")[:2]))
