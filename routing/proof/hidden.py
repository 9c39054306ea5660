"""What claims rest on beside the fields of the language: whether a rep is fit, what a question brought.

An outcome that names a person makes no claim when that person is inactive or
has rejected the contact (`routing.rules.base`), and an outcome that waits makes
another one once the wait is over. Said as fields and trees, the solver treats
these like everything else a rule may ask about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from routing.conditions import All, Test, Tree
from routing.fields import Collection, Field, FieldType, Scope, Value
from routing.operators import Operator
from routing.types.people import RepId

REP_ATTRIBUTES = ("name", "role", "team", "manager", "active", "rejected")
"""What is known of a rep; ``rejected`` is about this contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRep(Field):
    """An attribute of the rep that ``owner`` names, one of `REP_ATTRIBUTES`."""

    owner: Field
    attribute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRep(Field):
    """A rep named in the rulebook, as if a field always held it."""

    rep: RepId


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The first item that satisfies ``where`` satisfies ``then`` too; false without such an item."""

    collection: Collection
    where: Tree
    then: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Differ:
    """Two items satisfy ``where`` and name different reps in the field ``rep``."""

    collection: Collection
    where: Tree
    rep: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Something this package cannot say in a tree: it may hold or not. ``what`` names it for a person."""

    what: str


def one_rep(rep: RepId) -> OneRep:
    """Return the field that always holds ``rep``."""
    return OneRep(name=f"rep {rep}", type=FieldType.REP, doc="A rep.", get=lambda _scope, _item: rep, rep=rep)


def of_rep(owner: Field, attribute: str) -> OfRep:
    """Return the attribute of the rep whom ``owner`` names."""
    type_ = {"active": FieldType.BOOLEAN, "rejected": FieldType.BOOLEAN, "manager": FieldType.REP}
    return OfRep(
        name=f"{owner.name}.{attribute}",
        type=type_.get(attribute, FieldType.TEXT),
        doc="",
        get=_getter(owner, attribute),
        owner=owner,
        attribute=attribute,
    )


def _getter(owner: Field, attribute: str) -> Callable[[Scope, Any], Value]:
    def get(scope: Scope, item: Any) -> Value:
        rep = owner.get(scope, item)
        known = scope.reps.get(rep)  # type: ignore[call-overload]
        if known is None:
            return None
        if attribute == "rejected":
            return rep in scope.facts.excluded
        value: Value = getattr(known, attribute)
        return value

    return get


def fit(rep: Field) -> Tree:
    """Return the condition that the rep whom a field names can have the contact: `rules.base.is_fit`."""
    return All(
        parts=(
            test(rep, Operator.EXISTS, True),
            test(of_rep(rep, "active"), Operator.IS, True),
            test(of_rep(rep, "rejected"), Operator.IS, False),
        )
    )


def answer(rule: str) -> Field:
    """Return what became of the question or the hold of a rule (`RoutingFacts.answers`)."""
    return Field(
        name=f"answers.{rule}",
        type=FieldType.TEXT,
        doc="What was answered.",
        get=lambda scope, _item: scope.facts.answers.get(rule),
    )


def test(field: Field, operator: Operator, operand: Any) -> Test:
    """Return a comparison."""
    return Test(field=field, operator=operator, operand=operand, wanted=str(operand))
