"""One value of a field, treated in several ways in several places: hard to keep true."""

from __future__ import annotations

from collections.abc import Iterator

from routing.compiled import Rule
from routing.conditions import Test
from routing.fields import FieldType
from routing.lint.context import Context, called, listed
from routing.lint.trees import asks, conjuncts
from routing.operators import Operator, fold
from routing.problems import Problem, Severity
from routing.proof.solver import Found

WAYS = 3
MOST = 0.4
"""The share of rules from which on a field is what the whole book is divided by."""


def scattered(context: Context) -> Iterator[Problem]:
    """Yield values that three rules or more, not all side by side, treat in three ways or more."""
    by_value: dict[tuple[str, str], list[tuple[int, Rule]]] = {}
    on_field: dict[str, set[str]] = {}
    for place, rule in enumerate(context.in_force):
        for part in conjuncts(rule.tree):
            if not isinstance(part, Test) or part.field.type is not FieldType.TEXT:
                continue
            on_field.setdefault(part.field.name, set()).add(rule.id)
            if part.operator is Operator.IS:
                by_value.setdefault((part.field.name, fold(part.operand)), []).append((place, rule))
    for (field, value), places in by_value.items():
        first, last = places[0][0], places[-1][0]
        ways = {asks(rule) for _, rule in places}
        divides = len(on_field[field]) > max(WAYS, MOST * len(context.in_force))
        if len(ways) < WAYS or last - first < len(places) or divides:
            continue
        rule = places[-1][1]
        found = context.decided(rule)
        yield context.finding(
            "scattered",
            Severity.NOTE,
            f"'{field}: {value}' is treated in {len(ways)} ways in {len(places)} places: "
            f"{listed([called(each) for _, each in places])}",
            rule=rule,
            hint="bring these rules together, so that who changes one sees the others",
            witness=context.witness(found, rule) if isinstance(found, Found) else None,
        )
