"""Whose turn it is: weighted round robin that stays fair whatever happens to the pool.

A member's *standing* is the turns drawn plus the credit, its *level* the
standing for each unit of weight. The next turn goes, among the members whose
level is not above the pool's, to the one who reaches the next full turn first
("earliest eligible virtual deadline first": Stoica and Abdel-Wahab 1995; the
bound is Tijdeman's, The chairman assignment problem, 1980). With equal weights
this is plain round robin; with weights it interleaves. While the members stay
the same, nobody is ever a whole turn away from the exact share, and levels
never differ by more than one.

Away members take part as well: a turn that falls to one of them is credited,
so it counts as taken, and the draw goes on. Who is there gets the turns they
would get if all were there. That is all `KEEP_POSITION` needs; nothing
remembers when somebody left or came back. Under `CATCH_UP` the away do not take
part and stay behind.

Everything is counted in whole turns, so there is nothing to round or to drift.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from heapq import heapify, heappop, heappush
from math import floor, lcm

from routing.availability import why_unavailable
from routing.types import (
    NobodyPolicy,
    PoolMember,
    PoolName,
    PoolSettings,
    PoolState,
    Rep,
    RepId,
    ReturnPolicy,
    RotationMove,
    Skip,
    SkipReason,
)

_NOT_THERE = (SkipReason.ABSENT, SkipReason.OFF_HOURS)
"""Reasons that `NobodyPolicy.ASSIGN_ANYWAY` overrides."""

_AWAY = (*_NOT_THERE, SkipReason.INACTIVE, SkipReason.UNKNOWN)
"""Reasons for which a turn passes a member by. Who is excluded keeps the turn; a paused one has none."""


class UnknownPool(LookupError):
    """A pool was asked for that the rotation does not have."""


def standing(member: PoolMember) -> int:
    """Return the turns that count as taken."""
    return member.turns + member.credit


def draw(
    pool: PoolState, reps: Mapping[RepId, Rep], now: datetime, *, exclude: Collection[RepId] = ()
) -> tuple[RotationMove, PoolState]:
    """Take the next turn of a pool.

    Members in ``exclude`` are left out of this one draw and keep their place.
    When nobody is available the move has no rep and the pool is unchanged,
    unless the pool assigns anyway.
    """
    reasons = {member.rep: _why_skipped(pool, member, reps, now, exclude) for member in pool.members}
    here = {rep for rep, reason in reasons.items() if reason is None}
    anyway = False
    if not here and pool.settings.nobody is NobodyPolicy.ASSIGN_ANYWAY:
        here = {rep for rep, reason in reasons.items() if reason in _NOT_THERE}
        anyway = bool(here)
    skipped = tuple(
        Skip(rep=rep, reason=reason, pool=pool.name)
        for rep, reason in reasons.items()
        if reason is not None and rep not in here
    )
    if not here:
        return _no_turn(pool, None, skipped), pool

    keep_position = pool.settings.on_return is ReturnPolicy.KEEP_POSITION
    in_turn = [
        member
        for member in pool.members
        if member.rep in here or (keep_position and reasons[member.rep] in _AWAY)
    ]
    moved: dict[RepId, PoolMember] = {}
    missed: list[RepId] = []
    place = max(member.last_turn for member in pool.members)
    for due in _in_order(pool.name, in_turn, place):
        place += 1
        if due.rep in here:
            break
        before = moved.get(due.rep, due)
        moved[due.rep] = replace(before, credit=before.credit + 1, last_turn=place)
        missed.append(due.rep)
    moved[due.rep] = replace(due, turns=due.turns + 1, last_turn=place)

    move = RotationMove(
        pool=pool.name,
        turn=pool.turn + 1,
        rep=due.rep,
        level=standing(due) / due.weight,
        skipped=skipped,
        missed=tuple(missed),
        tried=(pool.name,),
        anyway=anyway,
    )
    members = tuple(moved.get(member.rep, member) for member in pool.members)
    return move, replace(pool, turn=pool.turn + 1, members=members)


def _why_skipped(
    pool: PoolState,
    member: PoolMember,
    reps: Mapping[RepId, Rep],
    now: datetime,
    exclude: Collection[RepId],
) -> SkipReason | None:
    if member.weight == 0:
        return SkipReason.PAUSED
    if member.rep in exclude:
        return SkipReason.EXCLUDED
    rep = reps.get(member.rep)
    if rep is None:
        return SkipReason.UNKNOWN
    return why_unavailable(rep, now, respect_hours=pool.settings.respect_hours)


def _in_order(pool: PoolName, members: Sequence[PoolMember], place: int) -> Iterator[PoolMember]:
    """Yield whose turn it is, then whose it is once that turn is taken, and so on for ever.

    All weights are above 0; ``place`` is that of the pool's latest turn. Members
    whose level is above the pool's wait; of the others the one who is first to
    reach the next full turn is due. Ties go to the heavier, then to the longest
    since the last turn, then by `_lot`. Levels are whole numbers of 1/``unit``.
    """
    unit = lcm(*(member.weight for member in members))
    weights = sum(member.weight for member in members)
    taken = sum(standing(member) for member in members)
    last = [member.last_turn for member in members]
    due: list[tuple[int, int, int, bytes, int]] = []
    waiting = [(standing(member) * (unit // member.weight), at) for at, member in enumerate(members)]
    heapify(waiting)
    while True:
        while waiting and waiting[0][0] * weights <= taken * unit:
            level, at = heappop(waiting)
            member = members[at]
            lot = _lot(pool, member.rep)
            heappush(due, (level + unit // member.weight, -member.weight, last[at], lot, at))
        level, *_, at = heappop(due)
        yield members[at]
        taken, place = taken + 1, place + 1
        last[at] = place
        heappush(waiting, (level, at))


@lru_cache(maxsize=10_000)
def _lot(pool: PoolName, rep: RepId) -> bytes:
    """Return a member's lot in last ties: fixed, and blind to seniority, name and place in the list."""
    return blake2b(f"{pool}\0{rep}".encode(), digest_size=16).digest()


def _no_turn(pool: PoolState, holder: RepId | None, skipped: tuple[Skip, ...]) -> RotationMove:
    """Return the move that uses no turn: the holder keeps the contact, or nobody gets it."""
    return RotationMove(
        pool=pool.name,
        turn=pool.turn,
        rep=holder,
        level=None,
        skipped=skipped,
        kept=holder is not None,
        tried=(pool.name,),
    )


# --- membership and corrections ---------------------------------------------


def join(pool: PoolState, rep: RepId, weight: int = 1) -> PoolState:
    """Add a member at the others' level: not above it, and less than one turn below.

    Raises ValueError for a negative weight or someone who is a member already.
    """
    if _find(pool, rep) is not None:
        raise ValueError(f"{rep!r} is already a member of the pool {pool.name!r}")
    return _join(pool, {rep: weight})


def _join(pool: PoolState, weights: Mapping[RepId, int]) -> PoolState:
    level = _level(pool.members)
    newcomers = (
        PoolMember(rep=rep, weight=_weight(weight), turns=0, credit=floor(level * weight), last_turn=0)
        for rep, weight in weights.items()
    )
    return replace(pool, members=(*pool.members, *newcomers))


def leave(pool: PoolState, rep: RepId) -> PoolState:
    """Remove a member; nobody else's place changes. Not being a member is no error."""
    return replace(pool, members=tuple(member for member in pool.members if member.rep != rep))


def reweight(pool: PoolState, rep: RepId, weight: int) -> PoolState:
    """Change a member's weight and keep what they are owed or ahead, in turns.

    Weight 0 pauses; any weight after it resumes at the others' level. There
    and back again changes nothing. Raises ValueError for a negative weight,
    LookupError for someone who is no member.
    """
    member = _find(pool, rep)
    if member is None:
        raise LookupError(f"{rep!r} is no member of the pool {pool.name!r}")
    others = [other for other in pool.members if other.rep != rep and other.weight]
    level = _level(others or [member])
    credit = member.credit + floor(level * weight) - floor(level * member.weight)
    return _with(pool, replace(member, weight=_weight(weight), credit=credit))


def with_members(pool: PoolState, weights: Mapping[RepId, int]) -> PoolState:
    """Make ``weights`` the whole list of members: some leave, some are weighed anew, some join.

    Those who stay keep their place; to say the same twice changes nothing.
    Raises ValueError for a negative weight.
    """
    pool = replace(pool, members=tuple(member for member in pool.members if member.rep in weights))
    for member in pool.members:
        if weights[member.rep] != member.weight:
            pool = reweight(pool, member.rep, weights[member.rep])
    members = {member.rep for member in pool.members}
    return _join(pool, {rep: weight for rep, weight in weights.items() if rep not in members})


def give_back(pool: PoolState, rep: RepId) -> PoolState:
    """Return a turn that should not count: a reject, a no-show, a wrong match.

    The member is owed one more turn. ``turns`` still has it, so that turns
    drawn equal assignments made. Who has left, also who has joined anew and not
    drawn since, has nothing to get back.
    """
    member = _find(pool, rep)
    if member is None or member.turns == 0:
        return pool
    return _with(pool, replace(member, credit=member.credit - 1))


def _find(pool: PoolState, rep: RepId) -> PoolMember | None:
    return next((member for member in pool.members if member.rep == rep), None)


def _with(pool: PoolState, changed: PoolMember) -> PoolState:
    members = tuple(changed if member.rep == changed.rep else member for member in pool.members)
    return replace(pool, members=members)


def _weight(weight: int) -> int:
    if weight < 0:
        raise ValueError(f"a weight is 0 or more, not {weight}")
    return weight


def _level(members: Sequence[PoolMember]) -> Fraction:
    """Return the level of those members who are level with each other; 0 when all are paused.

    Members who could not pass the leader's last turn with their next one are
    owed turns (they are to catch up) and do not pull a newcomer down with them.
    """
    weighed = [member for member in members if member.weight]
    if not weighed:
        return Fraction(0)
    unit = lcm(*(member.weight for member in weighed))
    leader = max(weighed, key=lambda member: standing(member) * (unit // member.weight))
    abreast = [
        member
        for member in weighed
        if (standing(member) + 1) * leader.weight > (standing(leader) - 1) * member.weight
    ]
    return Fraction(sum(map(standing, abreast)), sum(member.weight for member in abreast))


# --- several pools ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """All pools and reps as a decision sees them. A draw returns the rotation after it.

    A pool that a draw left alone is the same object before and after.
    """

    pools: Mapping[PoolName, PoolState]
    reps: Mapping[RepId, Rep]

    def draw_from(
        self,
        name: PoolName,
        now: datetime,
        *,
        holder: RepId | None = None,
        exclude: Collection[RepId] = (),
    ) -> tuple[RotationMove, Rotation]:
        """Take the next turn of a pool, or of the pools it overflows to.

        ``holder`` is the rep who works this very contact now. In a pool that
        keeps holders, one who is an active member and not absent keeps the
        contact and no turn is used. Overflow goes from pool to pool, each at
        most once; it ends at a pool that does something else when nobody is
        available, or that names no pool we know. Raises UnknownPool.
        """
        if name not in self.pools:
            raise UnknownPool(f"there is no pool {name!r}")
        tried: list[PoolName] = []
        skipped: list[Skip] = []
        pool: PoolState | None = self.pools[name]
        while pool is not None and pool.name not in tried:
            tried.append(pool.name)
            if holder is not None and self._keeps(pool, holder, now, exclude):
                move, after = _no_turn(pool, holder, ()), pool
            else:
                move, after = draw(pool, self.reps, now, exclude=exclude)
            skipped.extend(move.skipped)
            if move.rep is not None:
                pools = self.pools if after is pool else {**self.pools, pool.name: after}
                move = replace(move, skipped=tuple(skipped), tried=tuple(tried))
                return move, replace(self, pools=pools)
            pool = self._overflow(pool.settings)
        nobody = _no_turn(self.pools[name], None, tuple(skipped))
        return replace(nobody, tried=tuple(tried)), self

    def _overflow(self, settings: PoolSettings) -> PoolState | None:
        if settings.nobody is not NobodyPolicy.OVERFLOW or settings.overflow is None:
            return None
        return self.pools.get(settings.overflow)

    def _keeps(self, pool: PoolState, holder: RepId, now: datetime, exclude: Collection[RepId]) -> bool:
        if not pool.settings.keep_holder or holder in exclude or _find(pool, holder) is None:
            return False
        rep = self.reps.get(holder)
        return rep is not None and why_unavailable(rep, now, respect_hours=False) is None
