"""What all sentences about a decision share: how reps and rules are called and moments written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from routing.types.decision import FALLBACK
from routing.types.people import RepId

Names = Mapping[RepId, str]
"""Reps' names by id; who is not in it is called by the id."""


def called(rep: RepId | None, names: Names) -> str:
    """Return what a rep is called."""
    return names.get(rep, rep) if rep is not None else "nobody"


def the_rule(rule: str | None) -> str:
    """Return what a rule is called, by its id."""
    return "the fallback" if rule == FALLBACK else f"the rule '{rule}'"


def written(moment: datetime | None) -> str:
    """Return a moment to the minute with its zone; None is an open date."""
    return moment.strftime("%Y-%m-%d %H:%M %Z") if moment is not None else "an open date"
