"""Ways to make a condition hold, or not hold, each a few single changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from routing.conditions import All, Any_, Count, Named, Not, Test, Tree, compile_condition, describe
from routing.counterfactual.values import values_for
from routing.counterfactual.world import SOMEBODY, World, with_rep, with_value
from routing.fields import Scope
from routing.operators import shown
from routing.types.facts import Activity, EarlierContact, Membership, Opportunity, Relation

WAYS = 6
"""Ways that are followed up for one condition, those with the fewest changes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change: of what, what it is now, what it would have to be, and how to make it."""

    about: str
    now: str | None
    wanted: str
    make: Callable[[World], World | None]


Way = tuple[Edit, ...]


def ways(tree: Tree, wanted: bool, scope: Scope) -> list[Way]:
    """Return ways to make a condition come out as wanted; one without edits where it does already."""
    match tree:
        case Named(part=part):
            return ways(part, wanted, scope)
        case Not(part=part):
            return ways(part, not wanted, scope)
        case Test():
            return _test(tree, wanted, scope)
        case Count():
            return _count(tree, wanted, scope)
        case All(parts=parts):
            return _every(parts, True, scope) if wanted else _one(parts, False, scope)
        case Any_(parts=parts):
            return _one(parts, True, scope) if wanted else _every(parts, False, scope)


def _every(parts: Sequence[Tree], wanted: bool, scope: Scope) -> list[Way]:
    found: list[Way] = [()]
    for part in parts:
        more = ways(part, wanted, scope)
        found = sorted(((*way, *other) for way in found for other in more), key=len)[:WAYS]
    return found


def _one(parts: Sequence[Tree], wanted: bool, scope: Scope) -> list[Way]:
    return sorted((way for part in parts for way in ways(part, wanted, scope)), key=len)[:WAYS]


def _test(test: Test, wanted: bool, scope: Scope) -> list[Way]:
    if compile_condition(test)(scope, None)[0] is wanted:
        return [()]
    if test.field.sources:  # the first that is known counts: change the one that does, or give the first
        known = next((s for s in test.field.sources if s.get(scope, None) is not None), test.field.sources[0])
        return _test(replace(test, field=known), wanted, scope)
    before = test.field.get(scope, None)
    return [
        (
            Edit(
                about=test.field.name,
                now=None if before is None else shown(before, scope.zone),
                wanted="missing" if value is None else shown(value, scope.zone),
                make=_setter(test.field.name, value, scope.zone),
            ),
        )
        for value in values_for(test, wanted, scope)
    ]


def _setter(name: str, value: Any, zone: Any) -> Callable[[World], World | None]:
    return lambda world: with_value(world, name, value, zone)


# --- collections ---------------------------------------------------------------


def _count(count: Count, wanted: bool, scope: Scope) -> list[Way]:
    matches = compile_condition(count.where)
    held = [item for item in count.collection.items(scope) if matches(scope, item)[0]]
    enough = len(held) >= count.least and (count.most is None or len(held) <= count.most)
    if enough is wanted:
        return [()]
    found: list[Way] = []
    name, where = count.collection.name, describe(count.where)
    fewer = (count.most if wanted else count.least - 1) if len(held) > 0 else None
    if fewer is not None and 0 <= fewer < len(held):
        gone = held[: len(held) - fewer]
        found.append((_edit(name, len(held), fewer, where, lambda world: _without(world, name, gone)),))
    more = count.least if wanted else (count.most + 1 if count.most is not None else None)
    if more is not None and more > len(held) and name in _FRESH:
        missing = more - len(held)
        found.append(
            (
                _edit(
                    name,
                    len(held),
                    more,
                    where,
                    lambda world: _with(world, name, count.where, missing, scope),
                ),
            )
        )
    return found


def _edit(name: str, now: int, wanted: int, where: str, make: Callable[[World], World | None]) -> Edit:
    return Edit(about=name, now=str(now), wanted=f'{wanted} with "{where}"', make=make)


def _without(world: World, name: str, gone: Sequence[Any]) -> World:
    kept = tuple(item for item in getattr(world.facts, name) if item not in gone)
    return _holding(world, name, kept)


def _holding(world: World, name: str, items: tuple[Any, ...]) -> World:
    changed: dict[str, Any] = {name: items}
    return replace(world, facts=replace(world.facts, **changed))


def _with(world: World, name: str, where: Tree, missing: int, scope: Scope) -> World | None:
    for number in range(missing):
        item = _FRESH[name](world, number)
        world = with_rep(world, SOMEBODY)
        shaped = _shaped(world, item, where, True, scope)
        if shaped is None:
            return None
        world, item = shaped
        world = _holding(world, name, (*getattr(world.facts, name), item))
    return world


def _shaped(world: World, item: Any, where: Tree, wanted: bool, scope: Scope) -> tuple[World, Any] | None:
    """Return an item changed so that a condition on it comes out as wanted, and the world with its rep."""
    here = world.scope(scope.zone)
    if compile_condition(where)(here, item)[0] is wanted:
        return world, item
    match where:
        case Named(part=part):
            return _shaped(world, item, part, wanted, scope)
        case Not(part=part):
            return _shaped(world, item, part, not wanted, scope)
        case All(parts=parts) | Any_(parts=parts):
            if isinstance(where, All) is wanted:
                for part in parts:
                    shaped = _shaped(world, item, part, wanted, scope)
                    if shaped is None:
                        return None
                    world, item = shaped
                return world, item
            tried = (_shaped(world, item, part, wanted, scope) for part in parts)
            return next((shaped for shaped in tried if shaped is not None), None)
        case Test():
            return _shaped_by_test(world, item, where, wanted, here)
    return None


def _shaped_by_test(
    world: World, item: Any, test: Test, wanted: bool, here: Scope
) -> tuple[World, Any] | None:
    name = test.field.name
    for value in values_for(test, wanted, here):
        if name == "open":
            return world, replace(item, closed_at=None if value else world.now, won=None if value else False)
        if name == "relation":
            return world, replace(item, relation=Relation(value))
        if "." in name:
            whose, _, attribute = name.partition(".")
            rep = getattr(item, whose)
            if rep is not None and attribute != "name":
                return with_rep(world, rep, **{attribute: value}), item
        elif hasattr(item, name):
            world = with_rep(world, value) if test.field.type == "rep" and value else world
            return world, replace(item, **{name: value})
    return None


_FRESH: dict[str, Callable[[World, int], Any]] = {
    "opportunities": lambda world, number: Opportunity(
        id=f"another-{number}", owner=SOMEBODY, stage=None, kind=None, amount=None,
        opened_at=world.now, closed_at=None, won=None,
    ),
    "activities": lambda world, number: Activity(
        id=f"another-{number}", rep=SOMEBODY, kind="email", direction="outbound", at=world.now,
        contact_id=None,
    ),
    "earlier": lambda world, number: EarlierContact(
        contact_id=f"another-{number}", relation=Relation.DOMAIN, rep=SOMEBODY, status="accepted",
        assigned_at=world.now,
    ),
    "campaigns": lambda world, number: Membership(name="another", status=None, joined_at=world.now),
}  # fmt: skip
"""An item that nothing is asked of yet."""
