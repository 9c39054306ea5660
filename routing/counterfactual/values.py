"""Values with which a comparison may hold, or not hold: tried, and kept where they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from routing.conditions import Test, compile_condition
from routing.counterfactual.world import SOMEBODY
from routing.durations import Window
from routing.fields import FieldType, Scope
from routing.operators import COMPARISONS, Operand
from routing.reach import Reach

_SAMPLES: dict[FieldType, Any] = {
    FieldType.TEXT: "something",
    FieldType.NUMBER: 1,
    FieldType.BOOLEAN: True,
    FieldType.REP: SOMEBODY,
}
_DAY = timedelta(days=1)
MOST = 3
"""Values that are tried for one comparison."""


def values_for(test: Test, wanted: bool, scope: Scope) -> list[Any]:
    """Return values of the test's field with which it comes out as wanted, the plainest first.

    None means that the field is missing.
    """
    found: list[Any] = []
    for value in _candidates(test, scope):
        if value not in found and _possible(test, value) and _comes_out(test, value, scope, wanted):
            found.append(value)
        if len(found) == MOST:
            break
    return found


def _possible(test: Test, value: Any) -> bool:
    known = {each.casefold() for each in test.field.values}
    return value is None or not known or str(value).casefold() in known


def _comes_out(test: Test, value: Any, scope: Scope, wanted: bool) -> bool:
    probe = replace(test, field=replace(test.field, get=lambda _scope, _item: value, place=None))
    return compile_condition(probe, negated=not wanted)(scope, None)[0]


def _candidates(test: Test, scope: Scope) -> Iterator[Any]:
    operand, kind = test.operand, COMPARISONS[test.operator].operand
    if kind is Operand.FIELD:
        yield operand.get(scope, None)
    elif kind in (Operand.ONE, Operand.LIST, Operand.PAIR, Operand.PARTS):
        for each in operand if isinstance(operand, tuple) else (operand,):
            yield each
            if isinstance(each, int | float) and not isinstance(each, bool):
                yield from (each + 1, each - 1)
            elif isinstance(each, bool):
                yield not each
            elif isinstance(each, datetime):
                yield from (each + _DAY, each - _DAY)
    elif kind is Operand.WINDOW:
        yield from _moments(operand, scope)
    yield from test.field.values
    yield None
    if test.field.type is FieldType.TIME:
        yield from (scope.now, scope.now - _DAY)
    else:
        yield _SAMPLES[test.field.type]


def _moments(operand: Any, scope: Scope) -> Iterator[datetime]:
    if isinstance(operand, Window):
        start = operand.start(scope.now, scope.zone)
        yield from (scope.now - timedelta(minutes=1), scope.now + timedelta(minutes=1), start - _DAY)
    elif isinstance(operand, Reach) and (bounds := operand.bounds(scope)) is not None:
        first, end = bounds
        yield from (first + (end - first) / 2, first - _DAY, end + _DAY)
