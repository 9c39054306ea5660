"""What a valid rulebook probably does not mean to do, decided by reasoning and shown on a contact.

Every kind of finding is a file of this package (`routing.lint.run` has the
list; docs/rulebook-lint.md is for people). What is said of rules is proved over
their conditions (`routing.proof`), and the contact that shows it has been
routed by the rulebook itself. What cannot be decided is said to be undecided.

The solver is loaded when `lint` is first called, not before: whoever only
decides contacts never needs it.
"""

from __future__ import annotations

from datetime import datetime

from routing.compiled import Directory, Rulebook
from routing.problems import Problem
from routing.types.pools import NobodyPolicy, PoolName


def lint(
    rulebook: Rulebook,
    now: datetime,
    directory: Directory | None = None,
    known: tuple[Problem, ...] | None = None,
) -> tuple[Problem, ...]:
    """Return the findings about a rulebook as it stands at ``now``, in order of the lines.

    With a ``directory``, the reps and pools of that moment are looked at too.
    What the rulebook's ``lint`` section allows is left out. ``known`` is what
    `standing` found for this text; it takes nearly all of the time.
    """
    from routing.lint.run import run

    return run(rulebook, now, directory, known)


def standing(
    rulebook: Rulebook, now: datetime, passed: frozenset[PoolName] = frozenset()
) -> tuple[Problem, ...]:
    """Return what follows from the text as it stands at ``now``, for `lint` to take as ``known``.

    What the text allows is among it. ``passed`` are the pools that `passing` names.
    """
    from routing.lint import run

    return run.standing(rulebook, now, passed)


def names(rulebook: Rulebook, now: datetime, directory: Directory) -> tuple[Problem, ...]:
    """Return the reps and pools of the text that are unknown, inactive or empty, without reasoning."""
    from routing.lint import run

    return run.names(rulebook, now, directory)


def passing(directory: Directory | None) -> frozenset[PoolName]:
    """Return the pools that leave a contact to the next rule when nobody is there."""
    pools = directory.pools if directory is not None else {}
    return frozenset(n for n, pool in pools.items() if pool.settings.nobody is NobodyPolicy.NEXT_RULE)
