"""Who is in a pool, at what standing: joining, leaving, other weights, turns given back, starting anew.

Shares are counted in hundredths of a unit of weight, so that half a weight is
whole; standings are whole turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from math import floor, lcm

from routing.types.people import RepId
from routing.types.pools import NewcomerPolicy, PoolMember, PoolState


def standing(member: PoolMember) -> int:
    """Return the turns that count as taken."""
    return member.turns + member.credit


def share(member: PoolMember) -> int:
    """Return the member's share in force, in hundredths of a unit of weight; 0 takes no turns."""
    return member.weight * member.percent


def find(pool: PoolState, rep: RepId) -> PoolMember | None:
    """Return a rep's place in a pool, None for who is no member."""
    return next((member for member in pool.members if member.rep == rep), None)


def join(pool: PoolState, rep: RepId, weight: int = 1, *, since: datetime | None = None) -> PoolState:
    """Add a member at the others' level: not above it, and less than one turn below.

    In a pool whose newcomers start at zero the member starts there. Raises
    ValueError for a negative weight or someone who is a member already.
    """
    if find(pool, rep) is not None:
        raise ValueError(f"{rep!r} is already a member of the pool {pool.name!r}")
    return _join(pool, {rep: weight}, since)


def _join(pool: PoolState, weights: Mapping[RepId, int], since: datetime | None) -> PoolState:
    at_zero = pool.settings.newcomer is NewcomerPolicy.ZERO
    level = Fraction(0) if at_zero else level_of(pool.members)
    newcomers = (
        PoolMember(
            rep=rep,
            weight=_weight(weight),
            turns=0,
            credit=floor(level * weight * 100),
            last_turn=0,
            since=since,
        )
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
    member = find(pool, rep)
    if member is None:
        raise LookupError(f"{rep!r} is no member of the pool {pool.name!r}")
    return reshare(pool, member, replace(member, weight=_weight(weight)))


def reshare(pool: PoolState, member: PoolMember, changed: PoolMember) -> PoolState:
    """Put ``changed`` in the member's place, with another share: owed or ahead as much as before."""
    others = [other for other in pool.members if other.rep != member.rep and share(other)]
    level = level_of(others or [member])
    gained = floor(level * share(changed)) - floor(level * share(member))
    return with_member(pool, replace(changed, credit=changed.credit + gained))


def give_back(pool: PoolState, rep: RepId) -> PoolState:
    """Return a turn that should not count: a reject, a no-show, a wrong match.

    The member is owed one more turn. ``turns`` still has it, so that turns
    drawn equal assignments made. Who has left, also who has joined anew and not
    drawn since, has nothing to get back.
    """
    member = find(pool, rep)
    if member is None or member.turns == 0:
        return pool
    return correct(pool, rep, -1)


def correct(pool: PoolState, rep: RepId, amount: int) -> PoolState:
    """Add to what counts as taken (below 0: owe turns). Raises LookupError for who is no member."""
    member = find(pool, rep)
    if member is None:
        raise LookupError(f"{rep!r} is no member of the pool {pool.name!r}")
    return with_member(pool, replace(member, credit=member.credit + amount))


def counts_outside(pool: PoolState, rep: RepId) -> bool:
    """Say whether the rep has a share of the pool, so that a contact from elsewhere can count here."""
    member = find(pool, rep)
    return member is not None and share(member) > 0


def count_outside(pool: PoolState, rep: RepId) -> PoolState:
    """Count a contact that a member got past the pool as a turn, without a number."""
    member = find(pool, rep)
    if member is None or not counts_outside(pool, rep):
        return pool
    place = max(other.last_turn for other in pool.members) + 1
    return with_member(pool, replace(member, credit=member.credit + 1, last_turn=place))


def reset(pool: PoolState, now: datetime) -> PoolState:
    """Let all members start from zero. The turns drawn stay; the credit makes up for them."""
    members = tuple(replace(member, credit=-member.turns) for member in pool.members)
    return replace(pool, members=members, reset_at=now)


def with_member(pool: PoolState, changed: PoolMember) -> PoolState:
    """Return the pool with a member in the place of the one who has the same rep."""
    members = tuple(changed if member.rep == changed.rep else member for member in pool.members)
    return replace(pool, members=members)


def _weight(weight: int) -> int:
    if weight < 0:
        raise ValueError(f"a weight is 0 or more, not {weight}")
    return weight


def level_of(members: Sequence[PoolMember]) -> Fraction:
    """Return the level of those who are level with each other, for each hundredth; 0 when all are paused.

    Members who could not pass the leader's last turn with their next one are
    owed turns (they are to catch up) and do not pull a newcomer down with them.
    """
    weighed = [member for member in members if share(member)]
    if not weighed:
        return Fraction(0)
    unit = lcm(*(share(member) for member in weighed))
    leader = max(weighed, key=lambda member: standing(member) * (unit // share(member)))
    abreast = [
        member
        for member in weighed
        if (standing(member) + 1) * share(leader) > (standing(leader) - 1) * share(member)
    ]
    return Fraction(sum(map(standing, abreast)), sum(map(share, abreast)))
