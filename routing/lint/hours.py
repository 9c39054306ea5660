"""Pools with nobody there at some hour of the week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from routing.availability import why_unavailable
from routing.compiled import Directory
from routing.lint.context import Context, Place
from routing.lint.people import asking_for, members
from routing.lint.replay import DoesNotReplay, replay
from routing.problems import Problem, Severity
from routing.proof.solver import Found
from routing.rotation import Rotation
from routing.types.people import Rep
from routing.types.pools import NobodyPolicy, PoolName, PoolState
from routing.witness import Witness

STEP = timedelta(minutes=15)
"""How finely a week is looked at; working hours begin and end on such a quarter nearly everywhere."""

_ELSEWHERE = (NobodyPolicy.ASSIGN_ANYWAY, NobodyPolicy.QUEUE, NobodyPolicy.NEXT_RULE)
"""What a pool may do instead of letting a contact wait."""

_WEEK = timedelta(days=7)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def hours(context: Context) -> Iterator[Problem]:
    """Yield the pools of the rulebook that have members, and nobody there at some hours."""
    if context.directory is not None:
        for name, place in context.rulebook.places_of_pools.items():
            pool = context.directory.pools.get(name)
            if pool is not None and members(pool, context.directory):
                yield from _hours(context, context.directory, pool, place)


def _hours(context: Context, directory: Directory, pool: PoolState, place: Place) -> Iterator[Problem]:
    """Yield that a pool has nobody there at some hours of the week, absences left out of account."""
    spans = uncovered(pool, directory, context.now)
    if not spans:
        return
    longest = max(end - start for start, end in spans)
    said = ", ".join(_said(span, context) for span in spans[:5]) + (", ..." if len(spans) > 5 else "")
    yield context.finding(
        "unstaffed_hours",
        Severity.WARNING,
        f"nobody of the pool '{pool.name}' works {said}: what comes in then waits, {_long(longest)} at most",
        subject=pool.name,
        place=place,
        hint="give it members for these hours, an overflow pool, or let it assign anyway",
        witness=_held(context, directory, pool.name, spans),
    )


def uncovered(pool: PoolState, directory: Directory, now: datetime) -> list[tuple[datetime, datetime]]:
    """Return the stretches of the week from ``now`` in which a draw from the pool finds nobody.

    Members count by their working hours in their own zones, whether or not they
    are absent this week; the pools it overflows to count too.
    """
    staff = _staff(pool, directory)
    if any(settings is None for settings, _ in staff):
        return []
    start = now.replace(minute=0, second=0, microsecond=0)
    spans: list[tuple[datetime, datetime]] = []
    moment = start
    while moment < start + _WEEK:
        if not any(_there(rep, moment) for _, rep in staff):
            if spans and spans[-1][1] == moment:
                spans[-1] = (spans[-1][0], moment + STEP)
            else:
                spans.append((moment, moment + STEP))
        moment += STEP
    if len(spans) > 1 and spans[0][0] == start and spans[-1][1] == start + _WEEK:
        spans = [*spans[1:-1], (spans[-1][0], spans[0][1] + _WEEK)]
    return spans


def _staff(pool: PoolState, directory: Directory) -> list[tuple[bool | None, Rep]]:
    """Return the members of a pool and of those it overflows to; (None, ...) for one who is always there."""
    staff: list[tuple[bool | None, Rep]] = []
    asked: set[PoolName] = set()
    following: PoolState | None = pool
    while following is not None and following.name not in asked:
        asked.add(following.name)
        settings = following.settings
        always = not settings.respect_hours or settings.nobody in _ELSEWHERE
        staff += [
            (None if always else True, replace(rep, absences=())) for rep in members(following, directory)
        ]
        onwards = settings.nobody is NobodyPolicy.OVERFLOW and settings.overflow is not None
        following = directory.pools.get(settings.overflow) if onwards and settings.overflow else None
    return staff


def _there(rep: Rep, moment: datetime) -> bool:
    return why_unavailable(rep, moment, respect_hours=True) is None


def _held(
    context: Context,
    directory: Directory,
    pool: PoolName,
    spans: Sequence[tuple[datetime, datetime]],
) -> Witness | None:
    """Return a contact that is held because it comes in at such an hour, tried with the pools as they are."""
    rotation = Rotation(pools=directory.pools, reps=directory.reps)
    for rule in asking_for(context, pool):
        found = context.decided(rule)
        if not isinstance(found, Found):
            continue
        for start, _ in spans:
            witness = Witness(now=start.isoformat(), given=found.said["given"], rule=rule.id)
            try:
                if replay(witness, context.rulebook, rotation).code == "nobody_available":
                    return witness
            except DoesNotReplay:
                continue
    return None


def _said(span: tuple[datetime, datetime], context: Context) -> str:
    start, end = (moment.astimezone(context.rulebook.zone) for moment in span)
    if end - start >= _WEEK:
        return "at any hour"
    return f"{_DAYS[start.weekday()]} {start:%H:%M} to {_DAYS[end.weekday()]} {end:%H:%M}"


def _long(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:g} hours" if hours != 1 else "an hour"
