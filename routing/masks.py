"""Which of many rows can fit a contact, told without trying each of them.

A row asks something of some fields. For each field the index knows, by the
field's value, the set of rows that this value satisfies, as the bits of one
number; the rows that fit are the bits that all fields have in common. So two
thousand rules, or rows of a territory table, cost one look-up and one "and" for each field.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from routing.conditions import All, Named, Test, Tree
from routing.fields import Field, FieldType, Scope, Value
from routing.operators import Operator, Predicate, depends_on_scope, fold, holds_when_missing, predicate

REMEMBERED = 4096
"""How many values of a field the index remembers its answer for."""

Asks = Mapping[str, Sequence[Test]]
"""What one row asks of single fields, by the field's name; all of it must hold."""


def separated(tree: Tree) -> tuple[dict[str, list[Test]], list[Tree]]:
    """Split a condition into what it asks of single values of fields, and the rest; both must hold."""
    asks: dict[str, list[Test]] = {}
    rest: list[Tree] = []
    waiting = [tree]
    while waiting:
        match part := waiting.pop(0):
            case All(parts=parts):
                waiting = [*parts, *waiting]
            case Named(part=inner) if isinstance(inner, Test | All):
                waiting.insert(0, inner)
            case Test() if not depends_on_scope(part.field, part.operator):
                asks.setdefault(part.field.name, []).append(part)
            case _:
                rest.append(part)
    return asks, rest


class MaskIndex:
    """Rows by what they ask of fields. Its memory of answers is the only thing that changes."""

    def __init__(self, rows: Sequence[Asks], *, least: int = 1) -> None:
        """Index the rows. A field that fewer than ``least`` of them ask about is left out."""
        self.everything = (1 << len(rows)) - 1
        asked: dict[str, dict[int, Sequence[Test]]] = {}
        for number, asks in enumerate(rows):
            for name, tests in asks.items():
                asked.setdefault(name, {})[number] = tests
        self._columns = tuple(
            _Column(by_row, self.everything) for by_row in asked.values() if len(by_row) >= least
        )

    def fitting(self, scope: Scope) -> int:
        """Return the rows of which no field rules out any, as bits: the first row is the lowest bit."""
        mask = self.everything
        for column in self._columns:
            mask &= column.fitting(scope)
            if not mask:
                break
        return mask


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class _Column:
    """What the rows ask of one field."""

    def __init__(self, by_row: Mapping[int, Sequence[Test]], everything: int) -> None:
        field = next(iter(by_row.values()))[0].field
        self._get = field.get
        self._text = field.type is FieldType.TEXT
        self._free = everything
        self._equal: dict[Any, int] = {}
        self._others: list[tuple[tuple[Predicate, ...], bool, int]] = []
        self._cuts = _cuts(field, by_row)
        self._known: dict[Any, int] = {}
        distinct: dict[Any, tuple[Sequence[Test], int]] = {}
        for number, tests in by_row.items():
            self._free &= ~(1 << number)
            asked = tuple((test.operator, test.operand) for test in tests)
            distinct[asked] = tests, distinct.get(asked, (tests, 0))[1] | 1 << number
        for tests, mask in distinct.values():
            self._add(tests, mask)

    def _add(self, tests: Sequence[Test], mask: int) -> None:
        first = tests[0]
        if len(tests) == 1 and first.operator in (Operator.IS, Operator.IN):
            values = first.operand if first.operator is Operator.IN else (first.operand,)
            for value in {fold(each) if self._text else each for each in values}:
                self._equal[value] = self._equal.get(value, 0) | mask
        else:
            predicates = tuple(predicate(test.field, test.operator, test.operand) for test in tests)
            missing = all(holds_when_missing(test.operator, test.operand) for test in tests)
            self._others.append((predicates, missing, mask))

    def fitting(self, scope: Scope) -> int:
        value = self._get(scope, None)
        key: Any = value
        if self._cuts is not None and value is not None:
            key = bisect_left(self._cuts, value), bisect_right(self._cuts, value)
        mask = self._known.get(key)
        if mask is None:
            mask = self._asked(value, scope)
            if len(self._known) < REMEMBERED:
                self._known[key] = mask
        return mask

    def _asked(self, value: Value, scope: Scope) -> int:
        """Work out the rows that a value satisfies."""
        mask = self._free
        if value is None:
            for _, missing, rows in self._others:
                if missing:
                    mask |= rows
            return mask
        for predicates, _, rows in self._others:
            if all(holds(value, scope) for holds in predicates):
                mask |= rows
        return mask | self._equal.get(fold(str(value)) if self._text else value, 0)


def _cuts(field: Field, by_row: Mapping[int, Sequence[Test]]) -> list[Any] | None:
    """Return the numbers between which no row's answer changes, None where the field is no number."""
    if field.type is not FieldType.NUMBER:
        return None
    cuts: set[Any] = set()
    for tests in by_row.values():
        for test in tests:
            if not isinstance(test.operand, bool):
                cuts.update(test.operand if isinstance(test.operand, tuple) else (test.operand,))
    return sorted(cuts)
