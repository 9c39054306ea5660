"""Bands and lists of values that are meant to divide a field: where they overlap, and what they leave out.

Rules (or definitions) that ask the same but for one field of numbers are taken
as one division of it; likewise rules that ask for values of a field whose
values are declared.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from routing.compiled import Rule
from routing.conditions import All, Any_, Not, Test, Tree
from routing.fields import Field, FieldType
from routing.lint.context import Context
from routing.lint.trees import conjuncts, definitions, sign
from routing.operators import Operator, fold, shown
from routing.problems import Problem, Severity
from routing.proof.hidden import test
from routing.proof.solver import Found, Impossible, Part

_BOUNDS = (
    Operator.AT_LEAST,
    Operator.MORE_THAN,
    Operator.AT_MOST,
    Operator.LESS_THAN,
    Operator.BETWEEN,
)
_VALUES = (Operator.IS, Operator.IN)
MAX_RULES = 200
"""Rules of a book above which it is not asked whether a value that is left out falls to the fallback."""

_INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Piece:
    """A rule's or a definition's share of a field, with the rest of what it asks."""

    name: str
    rule: Rule
    field: Field
    tests: tuple[Test, ...]
    rest: tuple[Tree, ...]
    named: bool

    @property
    def tree(self) -> Tree:
        """The conditions on the field."""
        return All(parts=self.tests)

    def ends(self) -> tuple[tuple[float, bool], tuple[float, bool]]:
        """Return both ends: the lower with whether it is excluded, the upper with whether it is included."""
        low, high = (-_INFINITE, False), (_INFINITE, True)
        for each in self.tests:
            match each.operator:
                case Operator.AT_LEAST:
                    low = max(low, (each.operand, False))
                case Operator.MORE_THAN:
                    low = max(low, (each.operand, True))
                case Operator.AT_MOST:
                    high = min(high, (each.operand, True))
                case Operator.LESS_THAN:
                    high = min(high, (each.operand, False))
                case Operator.BETWEEN:
                    low = max(low, (each.operand[0], False))
                    high = min(high, (each.operand[1], False))
        return low, high


def bands(context: Context) -> Iterator[Problem]:
    """Yield overlaps and holes of bands."""
    for pieces in _divisions(context, _BOUNDS, FieldType.NUMBER):
        pieces.sort(key=Piece.ends)
        for one, other in pairwise(pieces):
            (low, high), (next_low, next_high) = one.ends(), other.ends()
            meet = next_low[0] < high[0] or (next_low[0] == high[0] and high[1] and not next_low[1])
            contained = next_high <= high or (low == next_low)
            if meet and not contained:
                yield from _overlap(context, one, other)
        yield from _hole(context, pieces)


def values(context: Context) -> Iterator[Problem]:
    """Yield declared values of a field that rules which divide it leave out."""
    for pieces in _divisions(context, _VALUES, FieldType.TEXT):
        field = pieces[0].field
        handled = {fold(word) for piece in pieces for word in _words(piece)}
        left = [value for value in field.values if fold(value) not in handled]
        if not field.values or not left or len(left) > len(handled) or len(context.in_force) > MAX_RULES:
            continue
        found = _left_over(context, pieces, [test(field, Operator.IN, tuple(left))])
        if found is not None and _nobody_else(context, pieces, test(field, Operator.IN, tuple(left))):
            last = pieces[-1]
            yield context.finding(
                "value_hole",
                Severity.WARNING,
                f"rules {_names(pieces)} divide '{field.name}' and leave out {', '.join(left)}: "
                f"'{context.decider(found)}' takes what is left",
                rule=last.rule,
                hint="say what happens to it",
                witness=context.witness(found),
            )


def _nobody_else(context: Context, pieces: Sequence[Piece], left: Tree) -> bool:
    """Whether only the fallback makes a claim for what is left."""
    claims = [context.reasoner.claims(rule).tree for rule in context.in_force[:-1]]
    others = Any_(parts=tuple(claims))
    whole = All(parts=(*pieces[0].rest, left, others))
    return isinstance(context.reasoner.solve([Part("others", whole, lambda scope: True)]), Impossible)


def _overlap(context: Context, one: Piece, other: Piece) -> Iterator[Problem]:
    reasoner = context.reasoner
    shared = All(parts=(*one.rest, one.tree, other.tree))
    found = reasoner.solve([reasoner.holds("both", shared)])
    if isinstance(found, Found):
        low = other.ends()[0][0]
        yield context.finding(
            "overlapping_bands",
            Severity.WARNING,
            f"{_names([one, other])} overlap on '{one.field.name}' at {shown(low)}",
            rule=max(one.rule, other.rule, key=lambda rule: rule.line),
            hint="write bands as 'between: [250, 4000]': the second number is not included",
            witness=context.witness(found),
        )


def _hole(context: Context, pieces: Sequence[Piece]) -> Iterator[Problem]:
    field = pieces[0].field
    low, high = min(p.ends()[0][0] for p in pieces), max(p.ends()[1][0] for p in pieces)
    within: list[Tree] = []
    if low > -_INFINITE:
        within.append(test(field, Operator.AT_LEAST, low))
    if high < _INFINITE:
        within.append(test(field, Operator.LESS_THAN, high))
    found = _left_over(context, pieces, [test(field, Operator.EXISTS, True), *within])
    if found is not None:
        yield context.finding(
            "band_hole",
            Severity.WARNING,
            f"the bands of {_names(pieces)} leave a hole on '{field.name}': "
            f"'{context.decider(found)}' takes what falls into it",
            rule=pieces[-1].rule,
            hint="let each band begin where the one before it ends",
            witness=context.witness(found),
        )


def _left_over(context: Context, pieces: Sequence[Piece], more: Sequence[Tree]) -> Found | None:
    """Return a contact that has what the pieces share, and none of their parts of the field."""
    reasoner = context.reasoner
    none = Not(part=Any_(parts=tuple(piece.tree for piece in pieces)))
    found = reasoner.solve([reasoner.holds("left", All(parts=(*pieces[0].rest, *more, none)))])
    if not isinstance(found, Found) or context.decider(found) in {p.rule.id for p in pieces if not p.named}:
        return None
    return found


def _divisions(context: Context, operators: tuple[Operator, ...], type_: FieldType) -> Iterator[list[Piece]]:
    """Yield the groups of pieces, two or more, that divide one field under the same further conditions."""
    groups: dict[Hashable, list[Piece]] = {}
    names: set[str] = set()
    for rule in context.in_force:
        for named in definitions(rule.tree):
            if named.name not in names:
                names.add(named.name)
                for piece in _pieces(named.name, rule, named.part, operators, type_, named=True):
                    groups.setdefault(("definition", *_key(piece)), []).append(piece)
        for piece in _pieces(rule.id, rule, rule.tree, operators, type_, named=False):
            groups.setdefault((rule.rank, rule.start, rule.until, *_key(piece)), []).append(piece)
    yield from (group for group in groups.values() if len(group) > 1)


def _pieces(
    name: str, rule: Rule, tree: Tree, operators: tuple[Operator, ...], type_: FieldType, *, named: bool
) -> Iterator[Piece]:
    parts = list(conjuncts(tree))
    on: dict[str, list[Test]] = {}
    for part in parts:
        if isinstance(part, Test) and part.operator in operators and part.field.type is type_:
            on.setdefault(part.field.name, []).append(part)
    for tests in on.values():
        rest = tuple(part for part in parts if not any(part is each for each in tests))
        yield Piece(name, rule, tests[0].field, tuple(tests), rest, named)


def _key(piece: Piece) -> tuple[Hashable, ...]:
    return (piece.field.name, frozenset(sign(part) for part in piece.rest))


def _words(piece: Piece) -> Iterator[str]:
    for each in piece.tests:
        operand: Any = each.operand
        yield from operand if isinstance(operand, tuple) else (operand,)


def _names(pieces: Sequence[Piece]) -> str:
    return " and ".join(dict.fromkeys(f"'{piece.name}'" for piece in pieces))
