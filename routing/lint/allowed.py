"""What the rulebook's ``lint`` section allows is left out; an entry that allows nothing is a finding."""

from __future__ import annotations

from collections.abc import Iterable

from routing.allowances import Allowance
from routing.lint.context import Context
from routing.problems import Problem, Severity


def without_allowed(context: Context, found: Iterable[Problem]) -> list[Problem]:
    """Return the findings that nothing allows, and the entries that are there for nothing."""
    allowances = context.rulebook.allowances
    used: set[Allowance] = set()
    left: list[Problem] = []
    for problem in found:
        allowing = [allowance for allowance in allowances if _allows(allowance, problem)]
        used.update(allowing)
        if not allowing:
            left.append(problem)
    return left + [_idle(context, allowance) for allowance in allowances if allowance not in used]


def _allows(allowance: Allowance, problem: Problem) -> bool:
    return allowance.code == problem.code and (not allowance.of or problem.subject in allowance.of)


def _idle(context: Context, allowance: Allowance) -> Problem:
    about = f" of {', '.join(allowance.of)}" if allowance.of else ""
    return context.finding(
        "idle_allowance",
        Severity.WARNING,
        f"'{allowance.code}'{about} is allowed, and nothing of the kind is found",
        place=(allowance.line, allowance.column),
        hint="remove the entry",
    )
