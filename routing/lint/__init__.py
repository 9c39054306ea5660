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


def lint(rulebook: Rulebook, now: datetime, directory: Directory | None = None) -> tuple[Problem, ...]:
    """Return the findings about a rulebook as it stands at ``now``, in order of the lines.

    With a ``directory``, the reps and pools of that moment are looked at too.
    What the rulebook's ``lint`` section allows is left out.
    """
    from routing.lint.run import run

    return run(rulebook, now, directory)
