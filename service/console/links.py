"""Addresses of lists with their filters set: where the numbers of a page lead."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def listed(path: str, *said: Mapping[str, str], **filters: str) -> str:
    """The address of a list below the console's base, with what is said of its period and its filters."""
    query: dict[str, str] = {}
    for each in (*said, filters):
        query |= each
    return f"{path}?{urlencode(query)}" if query else path
