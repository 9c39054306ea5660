"""Rules out of time, and windows that count anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from routing.compiled import Rule
from routing.conditions import Count, Test
from routing.durations import Window
from routing.lint.context import Context
from routing.lint.trees import counts
from routing.problems import Problem, Severity
from routing.proof.moments import tests_of
from routing.proof.solver import Found
from routing.types.decision import Verdict
from routing.witness import Witness

_WHO_AND_WHAT = ("rep", "kind", "direction", "contact_id")


def times(context: Context) -> Iterator[Problem]:
    """Yield rules that have expired or do not apply yet, each with a contact that they would take."""
    for rule in context.rulebook.rules:
        if rule.until is not None and rule.until <= context.now:
            message = f"rule '{rule.id}' expired on {_day(rule.until, context)}"
            hint, verdict = "remove it when its time is over", Verdict.EXPIRED
            yield _out(context, rule, "expired", message, hint, verdict)
        elif rule.start is not None and rule.start > context.now:
            message = f"rule '{rule.id}' does not apply before {_day(rule.start, context)}"
            yield _out(context, rule, "not_yet_valid", message, None, Verdict.NOT_YET)


def _out(
    context: Context, rule: Rule, code: str, message: str, hint: str | None, verdict: Verdict
) -> Problem:
    found = context.reasoner.solve([context.reasoner.holds("when", rule.tree), context.reasoner.at_once()])
    witness: Witness | None = None
    if isinstance(found, Found):
        witness = context.witness(found, rule)
        if witness.verdicts[rule.id] is not verdict:
            witness = None
    return context.finding(code, Severity.WARNING, message, rule=rule, hint=hint, witness=witness)


def windows(context: Context) -> Iterator[Problem]:
    """Yield windows over activities that do not say whose or which activities count."""
    for rule in context.in_force:
        for count in counts(rule.tree):
            if count.collection.name == "activities" and _any_at_all(count):
                found = context.reasoner.solve([context.reasoner.claims(rule)])
                span = next(str(t.operand) for t in tests_of(count.where) if isinstance(t.operand, Window))
                yield context.finding(
                    "window_of_anything",
                    Severity.WARNING,
                    f"rule '{rule.id}' counts any activity of {span}, whoever did it and whatever it was",
                    rule=rule,
                    hint="say who did it (rep, rep.role) and what counts (kind, direction)",
                    witness=context.witness(found, rule) if isinstance(found, Found) else None,
                )


def _any_at_all(count: Count) -> bool:
    tests: list[Test] = list(tests_of(count.where))
    asked = {test.field.name.partition(".")[0] for test in tests}
    return any(isinstance(test.operand, Window) for test in tests) and not asked & set(_WHO_AND_WHAT)


def _day(moment: datetime, context: Context) -> str:
    return moment.astimezone(context.rulebook.zone).date().isoformat()
