"""Reps and pools as they are: unknown, inactive, empty. Nothing is proved for it."""

from __future__ import annotations

from collections.abc import Iterator

from routing.compiled import Directory
from routing.lint.context import Context
from routing.problems import Problem, Severity, did_you_mean
from routing.types import PoolState, Rep


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
                "unknown_pool", Severity.WARNING, message, subject=name, place=place, hint=hint
            )
        elif not members(pool, directory):
            message = f"nobody can draw from the pool '{name}': it has no active member"
            hint = "contacts for it are held until it has"
            yield context.finding(
                "empty_pool", Severity.WARNING, message, subject=name, place=place, hint=hint
            )


def _reps(context: Context, directory: Directory) -> Iterator[Problem]:
    for name, place in context.rulebook.places_of_reps.items():
        rep = directory.reps.get(name)
        if rep is None:
            message, hint = f"there is no rep '{name}'", did_you_mean(name, directory.reps)
            yield context.finding(
                "unknown_rep", Severity.WARNING, message, subject=name, place=place, hint=hint
            )
        elif not rep.active:
            message = f"the rep '{name}' is inactive: rules that name only them claim nothing"
            yield context.finding("inactive_rep", Severity.WARNING, message, subject=name, place=place)


def members(pool: PoolState, directory: Directory) -> list[Rep]:
    """Return the active members of a pool that take part."""
    reps = (directory.reps.get(member.rep) for member in pool.members if member.weight > 0)
    return [rep for rep in reps if rep is not None and rep.active]
