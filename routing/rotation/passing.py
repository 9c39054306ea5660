"""What the passing of time changes in a pool: resets, ramps, memberships that begin or end.

It is put right at the first draw after it, under the pool's lock, and entered
in the ledger with that draw; a pool that nobody draws from needs none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from routing.rotation.periods import last_reset, months_between
from routing.rotation.qualities import first_day
from routing.rotation.standings import find, level_of, reset, reshare, share, standing, with_member
from routing.types.people import Rep, RepId
from routing.types.pools import PoolMember, PoolSettings, PoolState, ResetPolicy, ReturnPolicy
from routing.types.rotation import Adjustment, EntryKind

Passed = tuple[PoolState, tuple[Adjustment, ...]]
"""A pool put right, and what was done."""


def as_of(pool: PoolState, reps: Mapping[RepId, Rep], now: datetime) -> Passed:
    """Return the pool as it stands at ``now``. Nothing to do gives back the pool itself."""
    pool, resets = _reset(pool, now)
    shares: list[Adjustment] = []
    for member in pool.members:
        percent = percent_at(pool.settings, member, reps.get(member.rep), now)
        if percent != member.percent:
            pool = reshare(pool, member, replace(member, percent=percent))
            shares.append(_adjustment(EntryKind.REWEIGHT, pool, member))
    return pool, (*resets, *shares)


def _reset(pool: PoolState, now: datetime) -> Passed:
    if pool.settings.reset is ResetPolicy.NEVER:
        return pool, ()
    if pool.reset_at is None:
        return replace(pool, reset_at=now), ()
    due = last_reset(pool.settings.reset, now, pool.settings.zone)
    if due is None or pool.reset_at >= due:
        return pool, ()
    after = reset(pool, now)
    return after, tuple(_adjustment(EntryKind.RESET, after, member) for member in pool.members)


def _adjustment(kind: EntryKind, after: PoolState, before: PoolMember) -> Adjustment:
    member = find(after, before.rep) or before
    return Adjustment(kind=kind, rep=member.rep, amount=member.credit - before.credit, weight=share(member))


def percent_at(settings: PoolSettings, member: PoolMember, rep: Rep | None, now: datetime) -> int:
    """Return how much of the weight is in force: none outside the membership, less while ramping."""
    if (member.starts is not None and now < member.starts) or (
        member.until is not None and now >= member.until
    ):
        return 0
    if not settings.ramp:
        return 100
    start = member.since
    if settings.ramp_from is not None and rep is not None:
        start = first_day(rep, settings.ramp_from)
    if start is None:
        return settings.ramp[-1]
    return settings.ramp[min(months_between(start, now, settings.zone), len(settings.ramp) - 1)]


def forgive(pool: PoolState, away: set[RepId]) -> Passed:
    """Return the pool in which no member who is away is owed more turns than may be caught up.

    What is above that counts as taken, as if it had been missed.
    """
    most = pool.settings.catch_up_most
    if pool.settings.on_return is not ReturnPolicy.CATCH_UP or most is None:
        return pool, ()
    level = level_of([member for member in pool.members if member.rep not in away])
    forgiven: list[Adjustment] = []
    for member in pool.members:
        too_many = level * share(member) // 1 - standing(member) - most if member.rep in away else 0
        if too_many > 0:
            pool = with_member(pool, replace(member, credit=member.credit + too_many))
            forgiven.append(_adjustment(EntryKind.MISSED, pool, member))
    return pool, tuple(forgiven)
