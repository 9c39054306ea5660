"""One turn of one pool: who may take it, who fits, who is next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from routing.availability import next_available
from routing.rotation.choices import CHOICES
from routing.rotation.load import Load
from routing.rotation.need import Need
from routing.rotation.passing import as_of, forgive
from routing.rotation.qualities import shared
from routing.rotation.skips import AWAY, NOT_THERE, Reasons, narrowed, why_skipped
from routing.rotation.standings import share, standing
from routing.types.people import Rep, RepId
from routing.types.pools import Choose, NobodyPolicy, PoolMember, PoolState, ReturnPolicy
from routing.types.rotation import RotationMove, Skip

_NOBODY = Need()
_NO_LOAD = Load()


def draw(
    pool: PoolState, reps: Mapping[RepId, Rep], now: datetime, need: Need = _NOBODY, load: Load = _NO_LOAD
) -> tuple[RotationMove, PoolState]:
    """Take the next turn of a pool.

    Members whom ``need`` excludes are left out of this one draw and keep their
    place. When nobody is available the move has no rep and the pool is
    unchanged, unless the pool assigns all the same.
    """
    before = pool
    pool, adjusted = as_of(pool, reps, now)
    reasons = why_skipped(pool, reps, now, need, load)
    there = {member.rep for member in pool.members} - reasons.keys()
    here, passed = narrowed(pool, there, reps, now, need)
    ahead: datetime | None = None
    anyway = False
    if not here:
        rescued, ahead = _rescued(pool, reasons, reps, now)
        here, more = narrowed(pool, rescued, reps, now, need)
        anyway, ahead = bool(here) and ahead is None, ahead if here else None
        passed |= more
    every = reasons | passed
    skipped = tuple(every[m.rep] for m in pool.members if m.rep in every and m.rep not in here)
    if not here:
        return no_turn(before, None, skipped), before

    due, members, missed = _next(pool, here, reasons, load)
    away = {rep for rep, skip in reasons.items() if skip.reason in AWAY} - here
    after, forgiven = forgive(replace(pool, turn=pool.turn + 1, members=members), away)
    move = RotationMove(
        pool=pool.name,
        turn=after.turn,
        rep=due.rep,
        level=standing(due) * 100 / share(due),
        skipped=skipped,
        missed=missed,
        tried=(pool.name,),
        anyway=anyway,
        choose=pool.settings.choose,
        adjusted=(*adjusted, *forgiven),
        fits=shared(pool.settings.fit, need.facts, reps[due.rep], now),
        open=load.open.get(due.rep, 0) if pool.settings.choose is Choose.LEAST_OPEN else None,
        idle_since=load.latest.get(due.rep) if pool.settings.choose is Choose.LONGEST_IDLE else None,
        ahead=ahead,
    )
    return move, after


def _next(
    pool: PoolState, here: set[RepId], reasons: Reasons, load: Load
) -> tuple[PoolMember, tuple[PoolMember, ...], tuple[RepId, ...]]:
    """Return who is due, the members after the turn, and whom turns passed by."""
    choice = CHOICES[pool.settings.choose]
    credits_away = choice.by_turns and pool.settings.on_return is ReturnPolicy.KEEP_POSITION
    in_turn = [
        member
        for member in pool.members
        if member.rep in here
        or (credits_away and member.rep in reasons and reasons[member.rep].reason in AWAY)
    ]
    moved: dict[RepId, PoolMember] = {}
    missed: list[RepId] = []
    place = max(member.last_turn for member in pool.members)
    for due in choice.order(pool.name, in_turn, place, load):
        place += 1
        if due.rep in here:
            break
        old = moved.get(due.rep, due)
        moved[due.rep] = replace(old, credit=old.credit + 1, last_turn=place)
        missed.append(due.rep)
    moved[due.rep] = replace(due, turns=due.turns + 1, last_turn=place)
    return due, tuple(moved.get(member.rep, member) for member in pool.members), tuple(missed)


def _rescued(
    pool: PoolState, reasons: Reasons, reps: Mapping[RepId, Rep], now: datetime
) -> tuple[Iterable[RepId], datetime | None]:
    """Return who gets it although nobody is available, and when they will be there if that was asked for."""
    settings = pool.settings
    absent = [rep for rep, skip in reasons.items() if skip.reason in NOT_THERE]
    if settings.nobody is NobodyPolicy.FIRST_AVAILABLE:
        back = {rep: returns(pool, reps[rep], now) for rep in absent}
        latest = now + timedelta(hours=settings.within_hours)
        soon = {rep: at for rep, at in back.items() if at is not None and at <= latest}
        if soon:
            first = min(soon.values())
            return [rep for rep, at in soon.items() if at == first], first
    return (absent, None) if nobody_policy(pool) is NobodyPolicy.ASSIGN_ANYWAY else ((), None)


def nobody_policy(pool: PoolState) -> NobodyPolicy:
    """Return what the pool does when nobody is there, nor soon enough."""
    settings = pool.settings
    first = settings.nobody is NobodyPolicy.FIRST_AVAILABLE
    return settings.otherwise if first else settings.nobody


def returns(pool: PoolState, rep: Rep, now: datetime) -> datetime | None:
    """Return when a rep can take a contact of the pool again, as far as hours and absences tell."""
    return next_available(rep, now, respect_hours=pool.settings.respect_hours)


def no_turn(pool: PoolState, holder: RepId | None, skipped: tuple[Skip, ...]) -> RotationMove:
    """Return the move that uses no turn: the holder keeps the contact, or nobody gets it."""
    return RotationMove(
        pool=pool.name,
        turn=pool.turn,
        rep=holder,
        level=None,
        skipped=skipped,
        kept=holder is not None,
        tried=(pool.name,),
        choose=pool.settings.choose,
    )
