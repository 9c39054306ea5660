"""Rules that can never apply, and rules that never carry the day because others always do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routing.compiled import Rule
from routing.conditions import describe
from routing.lint.context import Context, called, listed
from routing.lint.trees import conjuncts
from routing.problems import Problem, Severity
from routing.proof.search import Covered, refuses
from routing.proof.solver import Found, Impossible, Part, Undecided
from routing.types.decision import FALLBACK

MAX_SHRUNK = 12
"""Covers, and conditions in a contradiction, that are tried one by one for being needed."""


def reach(context: Context) -> Iterator[Problem]:
    """Yield the rules that no contact is decided by."""
    for rule in context.in_force:
        answer = context.decided(rule)
        if isinstance(answer, Undecided):
            message = (
                f"whether rule '{rule.id}' ever carries the day is undecided: it depends on {answer.depends}"
            )
            yield context.finding("undecided", Severity.NOTE, message, rule=rule)
        elif isinstance(answer, Covered) and answer.instead is None:
            yield _never(context, rule)
        elif isinstance(answer, Covered):
            yield _covered(context, rule, answer)


def _never(context: Context, rule: Rule) -> Problem:
    reasoner = context.reasoner
    parts = [reasoner.holds(describe(part), part) for part in conjuncts(rule.tree)]
    answer = reasoner.solve(parts)
    if not isinstance(answer, Impossible):
        kind = rule.outcome.kind.replace("_", " ")
        message = f"rule '{rule.id}' never makes a claim: whenever it applies, '{kind}' names nobody"
        witness = context.witness(answer, rule) if isinstance(answer, Found) else None
        return context.finding("never_applies", Severity.ERROR, message, rule=rule, witness=witness)
    core = shrunk(context, parts, answer)
    nearly = reasoner.solve([part for part in parts if part is not core[-1]])
    return context.finding(
        "never_applies",
        Severity.ERROR,
        f"rule '{rule.id}' can never apply: no contact has {' and '.join(part.label for part in core)}",
        rule=rule,
        hint="all conditions of a rule must hold together; for alternatives use 'any'",
        witness=context.witness(nearly, rule) if isinstance(nearly, Found) else None,
    )


def shrunk(context: Context, parts: Sequence[Part], answer: Impossible) -> list[Part]:
    """Return parts that exclude each other of which none can be left out, as far as they were tried."""
    core = [part for part in parts if part.label in answer.because]
    for part in core[:MAX_SHRUNK]:
        rest = [other for other in core if other is not part]
        if len(core) > 1 and isinstance(context.reasoner.solve(rest), Impossible):
            core = rest
    return core


def _covered(context: Context, rule: Rule, answer: Covered) -> Problem:
    reasoner = context.reasoner
    above = [each for each in context.rulebook.rules if each.id in answer.by]
    claim, parts = reasoner.claims(rule), [refuses(reasoner, each) for each in above]
    needed = [
        part.label for part in shrunk(context, [claim, *parts], Impossible((claim.label, *_labels(parts))))
    ]
    covers = [each for each, part in zip(above, parts, strict=True) if part.label in needed]
    assert answer.instead is not None
    witness = context.witness(answer.instead, rule)
    hint = "move it up, or remove it"
    if rule.id == FALLBACK:
        who = f"rule {called(covers[0])} takes" if len(covers) == 1 else f"rules {_named(covers)} take"
        message = f"the fallback is never used: {who} every contact"
        hint = f"give '{covers[-1].id}' a condition, or make it the fallback"
    elif len(covers) == 1:
        message = (
            f"rule '{rule.id}' never carries the day: {called(covers[0])} ranks above it "
            "and applies whenever it does"
        )
    else:
        message = (
            f"rule '{rule.id}' never carries the day: whenever it applies, one of the rules above it does: "
            f"{_named(covers)}"
        )
    return context.finding("shadowed", Severity.ERROR, message, rule=rule, hint=hint, witness=witness)


def _named(rules: Sequence[Rule]) -> str:
    return listed([called(rule) for rule in rules])


def _labels(parts: Sequence[Part]) -> list[str]:
    return [part.label for part in parts]
