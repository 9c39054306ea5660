"""The time zones that there are."""

from __future__ import annotations

from zoneinfo import available_timezones

ZONES = frozenset(available_timezones())
"""IANA names, such as Europe/Berlin. Read once for a process: each reading walks a tree of files."""
