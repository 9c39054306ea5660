"""Looking at condition trees: what they are made of, and when two say the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from routing.compiled import Rule
from routing.conditions import All, Any_, Count, Named, Not, Test, Tree
from routing.fields import Collection, Field
from routing.operators import fold


def conjuncts(tree: Tree) -> Iterator[Tree]:
    """Yield the parts that must all hold, definitions written out."""
    if isinstance(tree, Named) and isinstance(tree.part, All | Test):
        yield from conjuncts(tree.part)
    elif isinstance(tree, All):
        for part in tree.parts:
            yield from conjuncts(part)
    else:
        yield tree


def definitions(tree: Tree) -> Iterator[Named]:
    """Yield the definitions that a tree uses, those inside others too."""
    match tree:
        case Named(part=part):
            yield tree
            yield from definitions(part)
        case All(parts=parts) | Any_(parts=parts):
            for part in parts:
                yield from definitions(part)
        case Not(part=part) | Count(where=part):
            yield from definitions(part)


def counts(tree: Tree) -> Iterator[Count]:
    """Yield the counts in a tree."""
    match tree:
        case Count():
            yield tree
        case All(parts=parts) | Any_(parts=parts):
            for part in parts:
                yield from counts(part)
        case Not(part=part) | Named(part=part):
            yield from counts(part)


def sign(value: Any) -> Hashable:
    """Return what tells a tree, an outcome or a part of one from others that mean something else.

    Compiled conditions and other functions do not count: what they came from does.
    """
    if isinstance(value, Field | Collection):
        return value.name
    if isinstance(value, Named):
        return sign(value.part)
    if isinstance(value, Test):
        operand = value.operand
        folded = fold(operand) if isinstance(operand, str) and value.field.type == "text" else sign(operand)
        return (value.field.name, value.operator, folded)
    if is_dataclass(value) and not isinstance(value, type):
        inner = ((each.name, getattr(value, each.name)) for each in fields(value))
        return (type(value).__name__, *((name, sign(part)) for name, part in inner if not callable(part)))
    if isinstance(value, Mapping):
        return tuple((sign(key), sign(each)) for key, each in value.items())
    if isinstance(value, tuple | list):
        return tuple(sign(each) for each in value)
    return value if isinstance(value, Hashable) else repr(value)


def asks(rule: Rule) -> Hashable:
    """Return what a rule does with a contact it decides: two rules that agree in it do the same."""
    return (sign(rule.outcome), sign(rule.sla), sign(rule.notify), sign(getattr(rule, "credit", ())))
