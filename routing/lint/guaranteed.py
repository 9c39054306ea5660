"""Guarantees, proved over the rules or shown to be broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from routing.compiled import Rule
from routing.conditions import ALWAYS, Not, Tree
from routing.guarantees import Guarantee
from routing.lint.context import Context, called
from routing.operators import Operator
from routing.problems import Problem, Severity
from routing.proof.claims import NEVER
from routing.proof.hidden import test
from routing.proof.search import decides
from routing.proof.solver import Found, Undecided
from routing.rules.ask import Ask
from routing.rules.pool_in import PoolIn
from routing.rules.rep_in import RepIn


def guarantees(context: Context) -> Iterator[Problem]:
    """Yield the guarantees that are broken, with a contact for each rule that breaks them."""
    for guarantee in context.rulebook.guarantees:
        for rule in context.in_force:
            yield from _kept(context, guarantee, rule)
        for conflict in context.rulebook.conflicts:
            if conflict.then is not None and _breaking(guarantee, conflict.id, conflict.then) is not NEVER:
                message = (
                    f"whether the conflict '{conflict.id}' keeps the guarantee '{guarantee.id}' is undecided"
                )
                yield _said(context, guarantee, "undecided", Severity.NOTE, message)


def _kept(context: Context, guarantee: Guarantee, rule: Rule) -> Iterator[Problem]:
    breaking = _breaking(guarantee, rule.id, rule.outcome)
    if breaking is NEVER:
        return
    reasoner = context.reasoner
    parts = [reasoner.holds("guarantee", guarantee.when), reasoner.holds("outcome", breaking)]
    found = decides(reasoner, rule, parts)
    if isinstance(found, Found):
        said = "always" if guarantee.always else "never"
        yield _said(
            context,
            guarantee,
            "guarantee_broken",
            Severity.ERROR,
            f"the guarantee '{guarantee.id}' ({said} {guarantee.what} {', '.join(guarantee.words)}) "
            f"is broken by rule {called(rule)}",
            witness=context.witness(found, rule),
        )
    elif isinstance(found, Undecided):
        message = (
            f"whether rule {called(rule)} keeps the guarantee '{guarantee.id}' is undecided: {found.depends}"
        )
        yield _said(context, guarantee, "undecided", Severity.NOTE, message)


def _said(
    context: Context, guarantee: Guarantee, code: str, severity: Severity, message: str, **more: Any
) -> Problem:
    place = (guarantee.line, guarantee.column)
    return context.finding(code, severity, message, subject=guarantee.id, place=place, **more)


def _breaking(guarantee: Guarantee, rule: str, outcome: Any) -> Tree:
    """Return the condition under which an outcome is one that the guarantee excludes."""
    meant = [_is_meant(guarantee, rule, leaf) for leaf in _leaves(outcome)]
    if not guarantee.always:
        return next((tree for tree in meant if tree is not NEVER), NEVER)
    odd = [tree for tree in meant if tree is not ALWAYS]
    return (NEVER if not odd else ALWAYS if odd[0] is NEVER else Not(part=odd[0])) if meant else NEVER


def _is_meant(guarantee: Guarantee, rule: str, outcome: Any) -> Tree:
    words = guarantee.words
    match guarantee.what:
        case "rule":
            return ALWAYS if rule in words else NEVER
        case "kind":
            return ALWAYS if outcome.kind in words else NEVER
        case "pool" if isinstance(outcome, PoolIn):
            return test(outcome.field, Operator.IN, words)
        case "rep" if isinstance(outcome, RepIn):
            return test(outcome.field, Operator.IN, words)
        case what:
            return ALWAYS if getattr(outcome, "code" if what == "reject" else what, None) in words else NEVER


def _leaves(outcome: Any) -> Iterator[Any]:
    """Yield what an outcome can come to in the end: what follows a hold, a question, a time in a queue."""
    if isinstance(outcome, Ask):
        for each in outcome.answers.values():
            yield from _leaves(each)
        return
    inner = getattr(outcome, "then", None) or getattr(outcome, "first", None)
    if inner is None or hasattr(outcome, "queue"):
        yield outcome
    if inner is not None:
        yield from _leaves(inner)
