"""All kinds of findings, one file each. To add one: write its file and name it here."""

from __future__ import annotations

from datetime import datetime

from routing.compiled import Directory, Rulebook
from routing.lint.allowed import without_allowed
from routing.lint.bands import bands, values
from routing.lint.branches import branches
from routing.lint.context import Context, Kind
from routing.lint.effect import effect
from routing.lint.guaranteed import guarantees
from routing.lint.hours import hours
from routing.lint.overlaps import gap, overlaps
from routing.lint.people import people
from routing.lint.reach import reach
from routing.lint.rows import rows
from routing.lint.scattered import scattered
from routing.lint.ties import ties
from routing.lint.times import times, windows
from routing.lint.words import lists, nobodys, spellings, unused
from routing.problems import Problem
from routing.types.pools import PoolName

STANDING: tuple[Kind, ...] = (
    reach,
    rows,
    guarantees,
    times,
    unused,
    spellings,
    lists,
    bands,
    values,
    ties,
    windows,
    effect,
    branches,
    scattered,
    gap,
    overlaps,
)
"""What follows from the text, the moment, and which pools pass contacts on: it can be kept for the text."""

OF_PEOPLE: tuple[Kind, ...] = (people, hours, nobodys)
"""What looks at the reps and pools of the moment."""


def standing(rulebook: Rulebook, now: datetime, passed: frozenset[PoolName]) -> tuple[Problem, ...]:
    """Return what follows from the text itself, what it allows included, in no order."""
    return _found(STANDING, Context(rulebook, now, None, passed))


def names(rulebook: Rulebook, now: datetime, directory: Directory) -> tuple[Problem, ...]:
    """Return the reps and pools of the text that are unknown, inactive or empty."""
    return _found((people,), Context(rulebook, now, directory, reasons=False))


def run(
    rulebook: Rulebook, now: datetime, directory: Directory | None, known: tuple[Problem, ...] | None = None
) -> tuple[Problem, ...]:
    """Return what all kinds find, in order of the lines; ``known`` is what `standing` found."""
    context = Context(rulebook, now, directory)
    stands = _found(STANDING, context) if known is None else known
    found = without_allowed(context, [*stands, *_found(OF_PEOPLE, context)])
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.column, problem.code)))


def _found(kinds: tuple[Kind, ...], context: Context) -> tuple[Problem, ...]:
    return tuple(problem for kind in kinds for problem in kind(context))
