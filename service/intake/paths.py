"""Paths into JSON, as mappings write them.

    person.emails[0].value                      names joined by dots, places in lists in brackets
    answers[type=email].email                   the first of a list whose ``type`` is that text
    answers[field.ref=company].text             ... looked up by a path of its own
    ["data.emails[0].value", "current.email"]   several: the first that holds something counts

A path that leads nowhere gives None; so do null and the empty text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

_NAME = r"[^.\[\]]+"
_CHOICE = r"\[(?:[0-9]+|[^\[\]=]+=[^\[\]]*)\]"
_STEP = re.compile(rf"{_NAME}|{_CHOICE}")
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME}|{_CHOICE})*")


def is_path(text: str) -> bool:
    """Whether a text is a path."""
    return _PATH.fullmatch(text) is not None


def first(item: Any, paths: Iterable[str]) -> Any:
    """What the first of these paths that leads to something leads to; None when none does."""
    for path in paths:
        found = at(item, path)
        if found is not None and found != "":
            return found
    return None


def at(item: Any, path: str) -> Any:
    """What stands at a path, None where nothing does."""
    found = item
    for step in _steps(path):
        if isinstance(found, list):
            found = _chosen(found, step)
        elif isinstance(found, dict) and not step.startswith("["):
            found = found.get(step)
        else:
            return None
    return found


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(_STEP.findall(path))


def _chosen(listed: list[Any], step: str) -> Any:
    place = step.strip("[]")
    if place.isdigit():
        return listed[int(place)] if len(place) < 10 and int(place) < len(listed) else None
    name, is_choice, wanted = place.partition("=")
    if not is_choice:
        return None
    return next((each for each in listed if _text(at(each, name)) == wanted), None)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, dict | list) else str(value)
