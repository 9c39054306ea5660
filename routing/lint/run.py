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
from routing.lint.overlaps import gap, overlaps
from routing.lint.people import people
from routing.lint.reach import reach
from routing.lint.scattered import scattered
from routing.lint.ties import ties
from routing.lint.times import times, windows
from routing.lint.words import lists, spellings, unused
from routing.problems import Problem

KINDS: tuple[Kind, ...] = (
    reach,
    guarantees,
    times,
    unused,
    people,
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


def run(rulebook: Rulebook, now: datetime, directory: Directory | None) -> tuple[Problem, ...]:
    """Return what all kinds find, in order of the lines."""
    context = Context(rulebook, now, directory)
    found = without_allowed(context, [problem for kind in KINDS for problem in kind(context)])
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.column, problem.code)))
