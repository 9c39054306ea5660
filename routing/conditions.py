"""Conditions as trees, and the closures they compile to.

A tree says what a rule asks; lint reasons over it, `compile_condition` turns
it into one function. That function returns whether the condition holds
together with the finding that decided it, so an explanation is never a second
implementation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from routing.fields import Collection, Field, Scope
from routing.operators import Operator, depends_on_scope, holds_when_missing, predicate, shown
from routing.types.decision import Finding

Evaluation = tuple[bool, Finding]
Condition = Callable[[Scope, Any], Evaluation]
"""Takes the scope and, inside a collection, the item. Pure: safe to share between threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One comparison of a field. ``wanted`` is the operand as a person reads it."""

    field: Field
    operator: Operator
    operand: Any
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every part holds. Without parts: always."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Any_:
    """At least one part holds. Without parts: never."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold."""

    part: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A definition of the rulebook, used by its name."""

    name: str
    part: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many items of a collection satisfy ``where``: from ``least`` to ``most`` (None: no limit)."""

    collection: Collection
    where: Tree
    least: int
    most: int | None


REMEMBERED = 128
"""How many values a comparison remembers its answer for: rules ask again and again about few values."""

Tree = Test | All | Any_ | Not | Named | Count

ALWAYS = All(parts=())
_NO_CONDITION = Finding(field="always", operator="is", wanted="true", actual="true")


def compile_condition(tree: Tree, *, negated: bool = False) -> Condition:
    """Return the function that evaluates the tree, or its opposite when ``negated``.

    Negation is pushed down to the comparisons, so that a finding always names
    the comparison as it was asked for.
    """
    match tree:
        case Test():
            return _compile_test(tree, negated)
        case Not(part=part):
            return compile_condition(part, negated=not negated)
        case Named(name=name, part=part):
            return _once((name, negated), compile_condition(part, negated=negated))
        case Count():
            return _compile_count(tree, negated)
        case All(parts=parts):
            inner = tuple(compile_condition(part, negated=negated) for part in parts)
            return _any_of(inner) if negated else _all_of(inner)
        case Any_(parts=parts):
            inner = tuple(compile_condition(part, negated=negated) for part in parts)
            return _all_of(inner) if negated else _any_of(inner)


def describe(tree: Tree) -> str:
    """Render a condition in one line, as the ``wanted`` of a finding about a collection."""
    match tree:
        case Test():
            return f"{tree.field.name} {tree.operator} {tree.wanted}"
        case Not(part=part):
            return f"not ({describe(part)})"
        case Named(name=name):
            return name
        case Count():
            return f"{_quantity(tree)} of {tree.collection.name} with {describe(tree.where)}"
        case All(parts=parts):
            return " and ".join(map(describe, parts)) if parts else "anything"
        case Any_(parts=parts):
            return "(" + " or ".join(map(describe, parts)) + ")"


def _compile_test(test: Test, negated: bool) -> Condition:
    get, name, wanted, place = test.field.get, test.field.name, test.wanted, test.field.place
    satisfied = predicate(test.field, test.operator, test.operand)
    on_missing = holds_when_missing(test.operator, test.operand) is not negated
    operator = _opposite(test.operator) if negated else test.operator.value
    missing = (on_missing, Finding(field=name, operator=operator, wanted=wanted, actual=None))

    def evaluate(scope: Scope, item: Any) -> Evaluation:
        value = get(scope, item)
        if value is None:
            return missing
        actual = shown(value, scope.zone)
        if place is not None:
            actual = f"{actual} ({place(scope)})"
        found = Finding(field=name, operator=operator, wanted=wanted, actual=actual)
        return satisfied(value, scope) is not negated, found

    if place is not None or depends_on_scope(test.field, test.operator):
        return evaluate
    known: dict[Any, Evaluation] = {None: missing}

    def remember(scope: Scope, item: Any) -> Evaluation:
        value = get(scope, item)
        answer = known.get(value)
        if answer is None:
            answer = evaluate(scope, item)
            if len(known) < REMEMBERED:
                known[value] = answer
        return answer

    return remember


def _once(key: tuple[str, bool], condition: Condition) -> Condition:
    """Return the condition of a definition, evaluated once in a decision however many rules use it."""

    def evaluate(scope: Scope, item: Any) -> Evaluation:
        answer: Evaluation | None = scope.answers.get(key)
        if answer is None:
            answer = scope.answers[key] = condition(scope, item)
        return answer

    return evaluate


_OPPOSITES = {
    Operator.IS: Operator.IS_NOT,
    Operator.IN: Operator.NOT_IN,
    Operator.SAME_AS: Operator.NOT_SAME_AS,
}
_OPPOSITES |= {other: one for one, other in _OPPOSITES.items()}


def _opposite(operator: Operator) -> str:
    return _OPPOSITES.get(operator, f"not {operator}")


def _compile_count(count: Count, negated: bool) -> Condition:
    matches = compile_condition(count.where)
    items, name, least, most = count.collection.items, count.collection.name, count.least, count.most
    wanted = describe(count.where)
    operator = f"not {_quantity(count)}" if negated else _quantity(count)
    known: dict[tuple[int, int], Evaluation] = {}

    def answer(number: int, of: int) -> Evaluation:
        found = Finding(field=name, operator=operator, wanted=wanted, actual=f"{number} of {of}")
        enough = number >= least and (most is None or number <= most)
        return enough is not negated, found

    def evaluate(scope: Scope, _item: Any) -> Evaluation:
        held, number = items(scope), 0
        for item in held:
            if matches(scope, item)[0]:
                number += 1
        met = number, len(held)
        said = known.get(met)
        if said is None:
            said = answer(*met)
            if len(known) < REMEMBERED:
                known[met] = said
        return said

    return evaluate


def _quantity(count: Count) -> str:
    match count.least, count.most:
        case 1, None:
            return "any"
        case 0, 0:
            return "none"
        case least, None:
            return f"at least {least}"
        case 0, most:
            return f"at most {most}"
        case least, most:
            return f"exactly {least}" if least == most else f"from {least} to {most}"


def _all_of(parts: tuple[Condition, ...]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return lambda _scope, _item: (True, _NO_CONDITION)
    first, *others = parts
    together = _remembered(held=True)

    def evaluate(scope: Scope, item: Any) -> Evaluation:
        answer = first(scope, item)
        if not answer[0]:  # most conditions fail, and most of them with their first part
            return answer
        findings = [answer[1]]
        for part in others:
            answer = part(scope, item)
            if not answer[0]:
                return answer
            findings.append(answer[1])
        return together(findings)

    return evaluate


def _any_of(parts: tuple[Condition, ...]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    together = _remembered(held=False)

    def evaluate(scope: Scope, item: Any) -> Evaluation:
        findings = []
        for part in parts:
            answer = part(scope, item)
            if answer[0]:
                return answer
            findings.append(answer[1])
        return together(findings)

    return evaluate


def _remembered(*, held: bool) -> Callable[[list[Finding]], Evaluation]:
    """Return what puts findings together, and remembers the answer: comparisons give the same findings again.

    Findings are told apart by identity, which is quick; the answer keeps them alive, so no other can take it.
    """
    known: dict[tuple[int, ...], tuple[list[Finding], Evaluation]] = {}

    def together(findings: list[Finding]) -> Evaluation:
        key = tuple(map(id, findings))
        said = known.get(key)
        if said is not None:
            return said[1]
        answer = held, _together(findings)
        if len(known) < REMEMBERED:
            known[key] = findings, answer
        return answer

    return together


def joined(first: Finding | None, second: Finding) -> Finding:
    """Return one finding that rests on both; what always holds says nothing and is left out."""
    if first is None:
        return second
    return first if second.field == _NO_CONDITION.field else _together([first, second])


def _together(findings: list[Finding]) -> Finding:
    """Return the first finding with all the others beside it."""
    if not findings:
        return _NO_CONDITION
    first, *rest = findings
    also = first.also
    for finding in rest:
        also = (*also, replace(finding, also=()) if finding.also else finding, *finding.also)
    return Finding(
        field=first.field, operator=first.operator, wanted=first.wanted, actual=first.actual, also=also
    )
