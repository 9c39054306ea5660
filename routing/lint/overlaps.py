"""Contacts for which two rules want different things, and which nobody but the fallback takes.

Neither is a fault: order decides, and the fallback is there for what is left.
But it is what an author should know, so these are notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routing.compiled import Rule
from routing.conditions import Not, Test
from routing.lint.context import Context, called, listed
from routing.lint.trees import asks, conjuncts
from routing.operators import Operator, fold
from routing.problems import Problem, Severity
from routing.proof.claims import always_answers
from routing.proof.moments import tests_of
from routing.proof.solver import Found
from routing.types.decision import FALLBACK

MAX_PAIRS = 300
"""Pairs of rules that are compared in one rulebook, nearest first."""


def overlaps(context: Context) -> Iterator[Problem]:
    """Yield, for each rule, the rules above that take some of its contacts and leave others to it.

    A rule that is a special case of one below is not counted: that is how
    exceptions are written. Nor are two rules compared that ask about wholly
    different things, unless both name a person.
    """
    rules = [rule for rule in context.in_force if rule.id != FALLBACK]
    sets = {rule.id: _sets(rule) for rule in rules}
    fields = {rule.id: _fields(rule) for rule in rules}
    wants = {rule.id: asks(rule) for rule in rules}
    place = {rule.id: number for number, rule in enumerate(rules)}
    met: dict[str, list[Rule]] = {}
    compared = 0
    for above, below in _nearest_first(rules):
        if (
            wants[above.id] == wants[below.id]
            or not (fields[above.id] & fields[below.id] or not _places(above, below))
            or not _may_meet(sets[above.id], sets[below.id])
            or not isinstance(context.decided(below), Found)
        ):
            continue
        compared += 1
        if compared > MAX_PAIRS:
            break
        if _partly(context, above, below):
            met.setdefault(below.id, []).append(above)
    for below in rules:
        if below.id in met:
            yield _said(context, below, sorted(met[below.id], key=lambda each: place[each.id]))
    if compared > MAX_PAIRS:
        message = (
            f"which rules further apart overlap is undecided: the nearest {MAX_PAIRS} pairs were compared"
        )
        yield context.finding("undecided", Severity.NOTE, message)


def _nearest_first(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    for distance in range(1, len(rules)):
        yield from zip(rules, rules[distance:], strict=False)


def _partly(context: Context, above: Rule, below: Rule) -> bool:
    """Whether there are contacts that both want, and ``above`` is no special case of ``below``."""
    reasoner = context.reasoner
    claimed = reasoner.claims(above)
    if not isinstance(reasoner.exists([claimed, reasoner.claims(below)]), Found):
        return False
    apart = reasoner.holds("not below", Not(part=below.tree))
    return isinstance(reasoner.exists([claimed, apart]), Found)


def _said(context: Context, below: Rule, above: Sequence[Rule]) -> Problem:
    reasoner = context.reasoner
    both = [reasoner.claims(above[0]), reasoner.claims(below)]
    found = reasoner.solve(both)  # a usual contact, where the solver finds one
    found = found if isinstance(found, Found) else reasoner.exists(both)
    assert isinstance(found, Found), "one was found before"
    gives_way = "gives way to" if all(always_answers(rule.outcome) for rule in above) else "comes after"
    return context.finding(
        "overlap",
        Severity.NOTE,
        f"rule '{below.id}' {gives_way} {listed(list(map(called, above)))} for contacts that both are for",
        rule=below,
        witness=context.witness(found, above[0], below),
    )


def gap(context: Context) -> Iterator[Problem]:
    """Yield that there are contacts which only the fallback takes."""
    fallback = context.rulebook.rules[-1]
    if len(context.rulebook.rules) == 1:
        return
    found = context.decided(fallback)
    if isinstance(found, Found):
        message = "there are contacts that only the fallback takes"
        witness = context.witness(found, fallback)
        yield context.finding("gap", Severity.NOTE, message, rule=fallback, witness=witness)


def _places(*rules: Rule) -> bool:
    """Whether one of the rules gives the contact to a place rather than to a person."""
    return any(always_answers(rule.outcome) for rule in rules)


def _fields(rule: Rule) -> set[str]:
    return {test.field.name.partition(".")[0] for test in tests_of(rule.tree)}


def _sets(rule: Rule) -> dict[str, frozenset[str]]:
    """Return the values that a rule's conditions leave to fields of text."""
    found: dict[str, frozenset[str]] = {}
    for part in conjuncts(rule.tree):
        if (
            isinstance(part, Test)
            and part.operator in (Operator.IS, Operator.IN)
            and part.field.type == "text"
        ):
            operand = part.operand if isinstance(part.operand, tuple) else (part.operand,)
            values = frozenset(map(fold, operand))
            found[part.field.name] = found.get(part.field.name, values) & values
    return found


def _may_meet(one: dict[str, frozenset[str]], other: dict[str, frozenset[str]]) -> bool:
    return all(values & other[name] for name, values in one.items() if name in other)
