"""What can be told about conditions without trying them: contradiction and implication.

A condition is read as a conjunction: for each field the values it leaves, and
beside them parts that are taken as they stand (alternatives, exceptions,
counts, text comparisons), equal only when they are written the same. Whatever
this answers with yes is so; a no may only mean that it cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from routing.conditions import All, Named, Test, Tree
from routing.fields import FieldType
from routing.operators import Operator, fold


@dataclass(frozen=True, slots=True)
class Allowed:
    """The values a conjunction leaves to one field: a set, or a band of numbers or times.

    ``low`` and ``high`` are (value, whether it is included), None without limit.
    """

    values: frozenset[Any] | None = None
    low: tuple[Any, bool] | None = None
    high: tuple[Any, bool] | None = None

    def __and__(self, other: Allowed) -> Allowed:
        low = max((b for b in (self.low, other.low) if b), key=lambda b: (b[0], not b[1]), default=None)
        high = min((b for b in (self.high, other.high) if b), key=lambda b: (b[0], b[1]), default=None)
        if self.values is not None and other.values is not None:
            values: frozenset[Any] | None = self.values & other.values
        else:
            values = self.values if self.values is not None else other.values
        if values is not None:
            values = frozenset(value for value in values if _inside(value, low, high))
            return Allowed(values)
        return Allowed(None, low, high)

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        if self.values is not None:
            return not self.values
        if self.low is None or self.high is None:
            return False
        (low, low_in), (high, high_in) = self.low, self.high
        return bool(low > high or (low == high and not (low_in and high_in)))

    def within(self, other: Allowed) -> bool:
        """Whether every value left here is left there."""
        if self.values is None and self.low is not None and self.low == self.high and self.low[1]:
            return Allowed(frozenset({self.low[0]})).within(other)
        if other.values is not None:
            return self.values is not None and self.values <= other.values
        if self.values is not None:
            return all(_inside(value, other.low, other.high) for value in self.values)
        return _tighter(self.low, other.low, lower=True) and _tighter(self.high, other.high, lower=False)


@dataclass(slots=True)
class Conjunction:
    """A condition as the values it leaves to fields, and the parts taken as they stand."""

    fields: dict[str, Allowed] = field(default_factory=dict)
    opaque: list[Tree] = field(default_factory=list)

    @property
    def contradiction(self) -> str | None:
        """The field to which no value is left, None when there is none such."""
        return next((name for name, allowed in self.fields.items() if allowed.empty), None)

    def implies(self, other: Conjunction) -> bool:
        """Whether the other holds whenever this one does, as far as can be told."""
        return all(part in self.opaque for part in other.opaque) and all(
            name in self.fields and self.fields[name].within(allowed)
            for name, allowed in other.fields.items()
        )


def conjunction(tree: Tree) -> Conjunction:
    """Read a condition as a conjunction."""
    found = Conjunction()
    for part in _parts(tree):
        allowed = _allowed(part) if isinstance(part, Test) else None
        if allowed is None or not isinstance(part, Test):
            found.opaque.append(part)
        else:
            name = part.field.name
            found.fields[name] = found.fields[name] & allowed if name in found.fields else allowed
    return found


def _parts(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, Named):
        yield from _parts(tree.part)
    elif isinstance(tree, All):
        for part in tree.parts:
            yield from _parts(part)
    else:
        yield tree


def _allowed(test: Test) -> Allowed | None:
    operand = test.operand
    match test.operator:
        case Operator.IS:
            return Allowed(frozenset({_plain(test, operand)}))
        case Operator.IN:
            return Allowed(frozenset(_plain(test, value) for value in operand))
        case Operator.AT_LEAST | Operator.SINCE:
            return Allowed(low=(operand, True))
        case Operator.MORE_THAN:
            return Allowed(low=(operand, False))
        case Operator.AT_MOST:
            return Allowed(high=(operand, True))
        case Operator.LESS_THAN | Operator.BEFORE:
            return Allowed(high=(operand, False))
        case Operator.BETWEEN:
            return Allowed(low=(operand[0], True), high=(operand[1], False))
    return None


def _plain(test: Test, value: Any) -> Any:
    return fold(value) if test.field.type is FieldType.TEXT else value


def _inside(value: Any, low: tuple[Any, bool] | None, high: tuple[Any, bool] | None) -> bool:
    above = low is None or value > low[0] or (low[1] and value == low[0])
    below = high is None or value < high[0] or (high[1] and value == high[0])
    return bool(above and below)


def _tighter(mine: tuple[Any, bool] | None, other: tuple[Any, bool] | None, *, lower: bool) -> bool:
    if other is None:
        return True
    if mine is None:
        return False
    if mine[0] == other[0]:
        return other[1] or not mine[1]
    return bool(mine[0] > other[0]) if lower else bool(mine[0] < other[0])
