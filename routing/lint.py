"""What a valid rulebook probably does not mean to do.

Found without trying contacts: rules that can never apply or never carry the
day, rules out of time, definitions and lists nobody uses, and, with a
directory, pools nobody can draw from and reps who are inactive.

Not decided here, and not claimed: anything that needs reasoning over
alternatives (``any``), exceptions (``unless``, ``none``), counts of collections,
text comparisons or several fields together; rules above that name a person
(they may name nobody); gaps, overlaps and holes of bands. Such parts are
compared only as they are written (`routing.implication`). A finding is always
right; silence proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from routing.compiled import Directory, Rule, Rulebook
from routing.implication import Conjunction, conjunction
from routing.problems import Problem, Severity
from routing.rulebook import FALLBACK

_ALWAYS_ANSWER = ("pool", "queue", "reject", "hold")
"""Outcome kinds that never name nobody, so a rule with one always makes its claim."""


def lint(rulebook: Rulebook, now: datetime, directory: Directory | None = None) -> tuple[Problem, ...]:
    """Return warnings about a rulebook as it stands at ``now``, in order of the lines."""
    found = [
        *_contradictions(rulebook),
        *_shadowed(rulebook),
        *_out_of_time(rulebook, now),
        *_unused(rulebook),
    ]
    if directory is not None:
        found += [*_pools(rulebook, directory), *_reps(rulebook, directory)]
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.column, problem.code)))


def _warning(
    rulebook: Rulebook, line: int, column: int, code: str, message: str, hint: str | None = None
) -> Problem:
    return Problem(
        file=rulebook.file,
        line=line,
        column=column,
        code=code,
        message=message,
        hint=hint,
        severity=Severity.WARNING,
    )


def _contradictions(rulebook: Rulebook) -> Iterator[Problem]:
    """Rules whose conditions exclude each other."""
    for rule in rulebook.rules:
        field = conjunction(rule.tree).contradiction
        if field is not None:
            message = f"rule '{rule.id}' can never apply: its conditions leave no value for '{field}'"
            hint = "all conditions of a rule must hold together; for alternatives use 'any'"
            yield _warning(rulebook, rule.line, rule.column, "never_applies", message, hint)


def _shadowed(rulebook: Rulebook) -> Iterator[Problem]:
    """Rules that never carry the day, because one above always does when they apply."""
    conditions = [conjunction(rule.tree) for rule in rulebook.rules]
    for place, rule in enumerate(rulebook.rules):
        above = zip(rulebook.rules[:place], conditions, strict=False)
        cover = next((o for o, c in above if _covers(o, c, rule, conditions[place], rulebook)), None)
        if cover is None:
            continue
        hint: str | None = "move it up, or remove it"
        if rule.id == FALLBACK:
            hint = f"give '{cover.id}' a condition, or make it the fallback"
            message = (
                f"the fallback is never used: rule '{cover.id}' on line {cover.line} takes every contact"
            )
        else:
            message = (
                f"rule '{rule.id}' never carries the day: '{cover.id}' on line {cover.line} ranks above it "
                "and applies whenever it does"
            )
        yield _warning(rulebook, rule.line, rule.column, "shadowed", message, hint)


def _covers(above: Rule, wide: Conjunction, below: Rule, narrow: Conjunction, rulebook: Rulebook) -> bool:
    if above.outcome.kind not in _ALWAYS_ANSWER or not narrow.implies(wide):
        return False
    begins = above.start is None or (below.start is not None and above.start <= below.start)
    ends = above.until is None or (below.until is not None and below.until <= above.until)
    kinds = {above.outcome.kind, below.outcome.kind}
    settled = above.rank == below.rank and any(kinds <= c.between for c in rulebook.conflicts)
    return begins and ends and not settled


def _out_of_time(rulebook: Rulebook, now: datetime) -> Iterator[Problem]:
    for rule in rulebook.rules:
        if rule.until is not None and rule.until <= now:
            message = f"rule '{rule.id}' expired on {_day(rule.until, rulebook)}"
            yield _warning(
                rulebook, rule.line, rule.column, "expired", message, "remove it when its time is over"
            )
        elif rule.start is not None and rule.start > now:
            message = f"rule '{rule.id}' does not apply before {_day(rule.start, rulebook)}"
            yield _warning(rulebook, rule.line, rule.column, "not_yet_valid", message)


def _unused(rulebook: Rulebook) -> Iterator[Problem]:
    for what, node in rulebook.unused:
        yield _warning(rulebook, node.line, node.column, "unused", f"the {what} is used nowhere", "remove it")


def _pools(rulebook: Rulebook, directory: Directory) -> Iterator[Problem]:
    for name, (line, column) in rulebook.places_of_pools.items():
        pool = directory.pools.get(name)
        if pool is None:
            yield _warning(rulebook, line, column, "unknown_pool", f"there is no pool '{name}'")
            continue
        reps = [directory.reps.get(member.rep) for member in pool.members if member.weight > 0]
        if not any(rep is not None and rep.active for rep in reps):
            message = f"nobody can draw from the pool '{name}': it has no active member"
            yield _warning(
                rulebook, line, column, "empty_pool", message, "contacts for it are held until it has"
            )


def _reps(rulebook: Rulebook, directory: Directory) -> Iterator[Problem]:
    for name, (line, column) in rulebook.places_of_reps.items():
        rep = directory.reps.get(name)
        if rep is None:
            yield _warning(rulebook, line, column, "unknown_rep", f"there is no rep '{name}'")
        elif not rep.active:
            message = f"the rep '{name}' is inactive: rules that name only them claim nothing"
            yield _warning(rulebook, line, column, "inactive_rep", message)


def _day(moment: datetime, rulebook: Rulebook) -> str:
    return moment.astimezone(rulebook.zone).date().isoformat()
