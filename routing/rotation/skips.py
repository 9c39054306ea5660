"""Who may not take a contact, and why.

Four kinds of reason differ in what becomes of the member's turn:

- `NO_SHARE`: the member has no share of the turns now; none falls to them.
- `KEEPS_PLACE`: this contact is not for them; their turn stays due.
- `NOT_THERE`: they are away; `assign_anyway` overrides it. What falls to them is the return policy's.
- all others: they may have nothing for now; what falls to them is the return policy's too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from routing.availability import why_unavailable
from routing.rotation.load import Load, pool_reached, reached
from routing.rotation.need import Need
from routing.rotation.qualities import all_hold, best
from routing.types.people import Rep, RepId
from routing.types.pools import PoolMember, PoolState
from routing.types.rotation import Skip, SkipReason

NO_SHARE = frozenset({SkipReason.PAUSED, SkipReason.NOT_YET, SkipReason.ENDED, SkipReason.RAMPING})
KEEPS_PLACE = frozenset(
    {SkipReason.EXCLUDED, SkipReason.HAD_IT, SkipReason.NO_FIT, SkipReason.LESS_FIT, SkipReason.POOL_CAPPED}
)
_MAY_NOT = frozenset(
    {
        SkipReason.INACTIVE,
        SkipReason.UNKNOWN,
        SkipReason.NOT_ELIGIBLE,
        SkipReason.CAPPED,
        SkipReason.FULL,
    }
)
NOT_THERE = frozenset(SkipReason) - NO_SHARE - KEEPS_PLACE - _MAY_NOT
AWAY = NOT_THERE | _MAY_NOT
"""Reasons for which a turn passes a member by."""

Reasons = dict[RepId, Skip]
"""Why members are passed over, by the member."""


def why_skipped(pool: PoolState, reps: Mapping[RepId, Rep], now: datetime, need: Need, load: Load) -> Reasons:
    """Return why members may not take the contact, whoever else there is. Who may is not in it."""
    capped = next(pool_reached(pool, load), None)
    reasons: Reasons = {}
    for member in pool.members:
        if capped is not None:
            reasons[member.rep] = skip(
                pool, member.rep, SkipReason.POOL_CAPPED, f"{capped.per}: {capped.most}"
            )
        elif (found := _reason(pool, member, reps.get(member.rep), now, need, load)) is not None:
            reasons[member.rep] = skip(pool, member.rep, *found)
    return reasons


def skip(pool: PoolState, rep: RepId, reason: SkipReason, detail: str | None = None) -> Skip:
    """Return that a member of a pool was passed over."""
    return Skip(rep=rep, reason=reason, pool=pool.name, detail=detail)


def _reason(
    pool: PoolState, member: PoolMember, rep: Rep | None, now: datetime, need: Need, load: Load
) -> tuple[SkipReason, str | None] | None:
    """Return the first reason; absence comes last, so that overriding it overrides nothing else."""
    settings = pool.settings
    if (outside := _no_share(member, now)) is not None:
        return outside, None
    if member.rep in need.exclude:
        return SkipReason.EXCLUDED, None
    if rep is None:
        return SkipReason.UNKNOWN, None
    if not all_hold(settings.requires, rep):
        return SkipReason.NOT_ELIGIBLE, None
    for cap, _ in reached(pool, member, rep, load):
        return SkipReason.CAPPED, f"{cap.per}: {cap.most}"
    for most in (settings.open_cap, rep.open_cap):
        if most is not None and load.open.get(rep.id, 0) >= most:
            return SkipReason.FULL, f"open: {most}"
    unavailable = why_unavailable(rep, now, respect_hours=settings.respect_hours)
    return (unavailable, None) if unavailable is not None else None


def _no_share(member: PoolMember, now: datetime) -> SkipReason | None:
    if member.weight == 0:
        return SkipReason.PAUSED
    if member.starts is not None and now < member.starts:
        return SkipReason.NOT_YET
    if member.until is not None and now >= member.until:
        return SkipReason.ENDED
    return SkipReason.RAMPING if member.percent == 0 else None


def narrowed(
    pool: PoolState, among: Iterable[RepId], reps: Mapping[RepId, Rep], now: datetime, need: Need
) -> tuple[set[RepId], Reasons]:
    """Return who of those who may take the contact should, and why the others are passed over.

    Who had it before is left out, then those who fit it best are kept; the
    pool says what happens where that leaves nobody.
    """
    may: Sequence[RepId] = sorted(among)
    settings, passed = pool.settings, dict[RepId, Skip]()
    had = set(need.had_by(settings.skip_of)[: settings.skip_last]) if settings.skip_last else set()
    fresh = [rep for rep in may if rep not in had]
    if fresh or settings.skip_firmly:
        passed = {rep: skip(pool, rep, SkipReason.HAD_IT) for rep in may if rep in had}
        may = fresh
    people = [reps[rep] for rep in may if rep in reps]
    fitting, unfit = best(settings.fit, need.facts, people, now, fallback=settings.fit_fallback)
    passed |= {rep: skip(pool, rep, *unfit[rep]) for rep in may if rep in unfit}
    return {rep.id for rep in fitting}, passed
