"""Wakes the worker of this process when there is something to do, so that it need not poll often."""

from __future__ import annotations

import threading


class Bell:
    """Whoever wrote work rings; every listener of this process looks. Other processes poll."""

    def __init__(self) -> None:
        self._listeners: list[threading.Event] = []

    def listener(self) -> threading.Event:
        """An event that each ring sets; the listener clears it."""
        heard = threading.Event()
        self._listeners.append(heard)
        return heard

    def ring(self) -> None:
        """Wake every listener."""
        for heard in self._listeners:
            heard.set()
