"""Reps and pools as they are: unknown, inactive, empty, each with a contact that meets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any

from routing.cases import Fixtures, Given
from routing.compiled import Directory, Rule
from routing.lint.context import Context
from routing.problems import Problem, Severity, did_you_mean
from routing.proof.solver import Found
from routing.rotation import Rotation
from routing.rotation.draw import nobody_policy
from routing.route import settle
from routing.situations import build
from routing.types.decision import Verdict
from routing.types.people import Rep
from routing.types.pools import NobodyPolicy, PoolState
from routing.witness import Witness

MAX_ASKED = 5
"""Rules that ask for a pool or a rep of which a contact is looked for."""

_NOBODY = ("nobody_available", "unknown_pool")
"""The codes of a contact that waits because a pool has nobody, or is not there."""


def people(context: Context) -> Iterator[Problem]:
    """Yield what is wrong with the pools and reps that the rulebook names."""
    if context.directory is not None:
        yield from _pools(context, context.directory)
        yield from _reps(context, context.directory)


def _pools(context: Context, directory: Directory) -> Iterator[Problem]:
    for name, place in context.rulebook.places_of_pools.items():
        pool = directory.pools.get(name)
        if pool is None:
            message, hint = f"there is no pool '{name}'", did_you_mean(name, directory.pools)
            yield context.finding(
                "unknown_pool",
                Severity.WARNING,
                message,
                subject=name,
                place=place,
                hint=hint,
                witness=_waits(context, directory, name),
            )
        elif not members(pool, directory):
            message = f"nobody can draw from the pool '{name}': it has no active member"
            hint = _without_members(pool)
            yield context.finding(
                "empty_pool",
                Severity.WARNING,
                message,
                subject=name,
                place=place,
                hint=hint,
                witness=_waits(context, directory, name),
            )


def _reps(context: Context, directory: Directory) -> Iterator[Problem]:
    for name, place in context.rulebook.places_of_reps.items():
        rep = directory.reps.get(name)
        if rep is None:
            message, hint = f"there is no rep '{name}'", did_you_mean(name, directory.reps)
            yield context.finding(
                "unknown_rep",
                Severity.WARNING,
                message,
                subject=name,
                place=place,
                hint=hint,
                witness=_without(context, name),
            )
        elif not rep.active:
            message = f"the rep '{name}' is inactive: rules that name only them claim nothing"
            yield context.finding(
                "inactive_rep",
                Severity.WARNING,
                message,
                subject=name,
                place=place,
                witness=_without(context, name),
            )


def members(pool: PoolState, directory: Directory) -> list[Rep]:
    """Return the active members of a pool that take part."""
    reps = (directory.reps.get(member.rep) for member in pool.members if member.weight > 0)
    return [rep for rep in reps if rep is not None and rep.active]


def _without_members(pool: PoolState) -> str:
    """Return what becomes of contacts for a pool that nobody can draw from, by its own settings."""
    settings = pool.settings
    match nobody_policy(pool):
        case NobodyPolicy.OVERFLOW:
            return f"contacts for it go on to the pool '{settings.overflow}'"
        case NobodyPolicy.QUEUE:
            return f"contacts for it go into the queue '{settings.queue}'"
        case NobodyPolicy.NEXT_RULE:
            return "the next rule that applies decides about contacts for it"
        case _:
            return "contacts for it are held until it has"


def asking_for(context: Context, name: str) -> Iterator[Rule]:
    """Yield the first rules in force whose outcome names a pool or a rep; none where nothing is reasoned."""
    named = (rule for rule in context.in_force if context.reasons and _names(rule.outcome, name))
    return islice(named, MAX_ASKED)


def _waits(context: Context, directory: Directory, pool: str) -> Witness | None:
    """Return a contact that waits for the pool, tried with the pools as they are."""
    rotation = Rotation(pools=directory.pools, reps=directory.reps)
    for rule in asking_for(context, pool):
        found = context.decided(rule)
        if isinstance(found, Found):
            facts, now = found.situation.facts, found.situation.now
            decision, _ = settle(context.judged(found), facts, context.rulebook, rotation, now)
            if decision.pool == pool and decision.code in _NOBODY:
                return context.witness(found, rule)
    return None


def _without(context: Context, rep: str) -> Witness | None:
    """Return a contact for which a rule names nobody, because the rep it names is not there to take it.

    Reps of tests exist, so one who does not is said to be inactive, which is the same to the rule.
    """
    for rule in asking_for(context, rep):
        found = context.decided(rule)
        if isinstance(found, Found):
            given = {**found.said["given"], "inactive": [rep]}
            situation = build(Given.model_validate(given), Fixtures(), context.rulebook, found.said["now"])
            tried = Found({**found.said, "given": given}, situation)
            witness = context.witness(tried, rule)
            if witness.verdicts.get(rule.id) is Verdict.NOBODY:
                return witness
    return None


def _names(part: Any, name: str) -> bool:
    """Whether an outcome, or a part of it, names a pool or a rep."""
    if isinstance(part, str):
        return part == name
    if is_dataclass(part):
        return any(_names(getattr(part, each.name), name) for each in fields(part))
    if isinstance(part, Mapping):
        return any(_names(each, name) for each in part.values())
    return isinstance(part, tuple | list) and any(_names(each, name) for each in part)
