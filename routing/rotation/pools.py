"""All pools and reps together: overflow from pool to pool, who keeps a contact, what counts from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from routing.availability import why_unavailable
from routing.rotation.draw import draw, no_turn, nobody_policy, returns
from routing.rotation.load import Load, pool_reached, reached
from routing.rotation.need import Need
from routing.rotation.periods import ends
from routing.rotation.standings import count_outside, find
from routing.types.people import Rep, RepId
from routing.types.pools import NobodyPolicy, PoolMember, PoolName, PoolSettings, PoolState
from routing.types.rotation import RotationMove, Skip

_NOBODY = Need()


class UnknownPool(LookupError):
    """A pool was asked for that the rotation does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """All pools and reps as a decision sees them. A draw returns the rotation after it.

    A pool that a draw left alone is the same object before and after.
    """

    pools: Mapping[PoolName, PoolState]
    reps: Mapping[RepId, Rep]
    load: Load = field(default_factory=Load)

    def of(self, rep: RepId) -> frozenset[PoolName]:
        """Return the pools in which a rep takes turns."""
        return frozenset(
            name
            for name, pool in self.pools.items()
            if (member := find(pool, rep)) is not None and member.weight > 0
        )

    def draw_from(self, name: PoolName, now: datetime, need: Need = _NOBODY) -> tuple[RotationMove, Rotation]:
        """Take the next turn of a pool, or of the pools it overflows to.

        In a pool that keeps holders, a holder who is an active member and not
        absent keeps the contact and no turn is used. Overflow goes from pool to
        pool, each at most once; it ends at a pool that does something else
        when nobody is available, or that names no pool we know. Raises UnknownPool.
        """
        if name not in self.pools:
            raise UnknownPool(f"there is no pool {name!r}")
        tried: list[PoolName] = []
        skipped: list[Skip] = []
        last = self.pools[name]
        pool: PoolState | None = last
        while pool is not None and pool.name not in tried:
            last = pool
            tried.append(pool.name)
            if need.holder is not None and self._keeps(pool, need.holder, now, need.exclude):
                move, after = no_turn(pool, need.holder, ()), pool
            else:
                move, after = draw(pool, self.reps, now, need, self.load)
            skipped.extend(move.skipped)
            if move.rep is not None:
                turned = self if after is pool else self._after(pool, after, move.rep, now)
                if len(tried) > 1:
                    move = replace(move, skipped=tuple(skipped), tried=tuple(tried))
                return move, turned
            pool = self._overflow(pool)
        nobody = no_turn(self.pools[name], None, tuple(skipped))
        policy = nobody_policy(last)
        queue = last.settings.queue if policy is NobodyPolicy.QUEUE else None
        return replace(nobody, tried=tuple(tried), nobody=policy, queue=queue), self

    def _after(self, before: PoolState, after: PoolState, rep: RepId, now: datetime) -> Rotation:
        member = find(before, rep)
        assert member is not None
        load = self.load.drawn(before, member, self.reps.get(rep), now)
        return Rotation(pools={**self.pools, before.name: after}, reps=self.reps, load=load)

    def given(self, rep: RepId, now: datetime) -> Rotation:
        """Return the rotation after a rep got a contact by a rule that names no pool.

        Pools that count such contacts have it as a turn of their member.
        """
        counting = {
            name: count_outside(pool, rep) for name, pool in self.pools.items() if pool.settings.count_owned
        }
        return Rotation(pools={**self.pools, **counting}, reps=self.reps, load=self.load.given(rep, now))

    def somebody_at(self, move: RotationMove, exclude: tuple[RepId, ...], now: datetime) -> datetime | None:
        """Return when a member of the pools that were asked may take a contact, None if that is not known.

        A cap that is reached ends with its period. Open work ends when it is done, which no clock tells.
        """
        found = [
            moment
            for name in move.tried
            for member in self.pools[name].members
            if member.weight and member.rep not in exclude
            if (moment := self._at(self.pools[name], member, now)) is not None
        ]
        return min(found, default=None)

    def _at(self, pool: PoolState, member: PoolMember, now: datetime) -> datetime | None:
        rep = self.reps.get(member.rep)
        if rep is None:
            return None
        times = [
            returns(pool, rep, now),
            *(ends(cap.per, now, zone) for cap, zone in reached(pool, member, rep, self.load)),
            *(ends(cap.per, now, pool.settings.zone) for cap in pool_reached(pool, self.load)),
            *([member.starts] if member.starts is not None and member.starts > now else ()),
        ]
        known = [at for at in times if at is not None]
        return max(known) if len(known) == len(times) else None

    def _overflow(self, pool: PoolState) -> PoolState | None:
        settings: PoolSettings = pool.settings
        if nobody_policy(pool) is not NobodyPolicy.OVERFLOW or settings.overflow is None:
            return None
        return self.pools.get(settings.overflow)

    def _keeps(self, pool: PoolState, holder: RepId, now: datetime, exclude: tuple[RepId, ...]) -> bool:
        if not pool.settings.keep_holder or holder in exclude or find(pool, holder) is None:
            return False
        rep = self.reps.get(holder)
        return rep is not None and why_unavailable(rep, now, respect_hours=False) is None
