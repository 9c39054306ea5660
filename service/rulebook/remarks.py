"""What a rulebook probably does not mean to do, found once for each text.

Reasoning about a book of thousands of rules takes the better part of a minute,
and the same text is looked at again and again: checked, approved, published. What
follows from the text is kept for an hour, or until one of its rules begins or
ends. What depends on the reps and pools of the moment is looked at every time.
"""

from __future__ import annotations

import threading
from datetime import datetime

from routing.compiled import Directory, Rulebook
from routing.lint import lint, passing, standing
from routing.problems import Problem
from routing.types import PoolName

_KEPT = 32
"""Texts whose findings are kept in a process."""

_Key = tuple[str, str, datetime, frozenset[PoolName]]
_known: dict[_Key, tuple[Problem, ...]] = {}
_turn = threading.Lock()


def remarks(rulebook: Rulebook, now: datetime, directory: Directory | None) -> tuple[Problem, ...]:
    """The findings of lint that the rulebook does not allow, in order of the lines."""
    return lint(rulebook, now, directory, _standing(rulebook, now, directory))


def _standing(rulebook: Rulebook, now: datetime, directory: Directory | None) -> tuple[Problem, ...]:
    moment = _since(rulebook, now)
    key = (rulebook.version, rulebook.file, moment, passing(directory))
    found = _known.get(key)
    if found is None:
        with _turn:  # two at once would take as long as one after the other, and find the same
            found = _known.get(key)
            if found is None:
                found = _known[key] = standing(rulebook, moment, directory)
                if len(_known) > _KEPT:
                    del _known[next(iter(_known))]
    return found


def _since(rulebook: Rulebook, now: datetime) -> datetime:
    """Since when the text has stood as it does: the full hour, or when a rule began or ended after it."""
    edges = (edge for rule in rulebook.rules for edge in (rule.start, rule.until) if edge is not None)
    hour = now.replace(minute=0, second=0, microsecond=0)
    return max([hour, *(edge for edge in edges if edge <= now)])
