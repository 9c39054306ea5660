"""What members have had and what they have open: the figures that caps and some choices go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from routing.types.people import Cap, Per, Rep, RepId
from routing.types.pools import PoolMember, PoolName, PoolSettings, PoolState

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Turns used in the periods that ``now`` is in, and work at hand. What is not in it is none.

    Turns that were given back do not count. ``open`` are the contacts a rep has to act on, and
    ``latest`` when the rep last got one, from wherever they came.
    """

    members: Mapping[tuple[PoolName, RepId, Per], int] = field(default_factory=dict)
    pools: Mapping[tuple[PoolName, Per], int] = field(default_factory=dict)
    reps: Mapping[tuple[RepId, Per], int] = field(default_factory=dict)  # over all pools
    open: Mapping[RepId, int] = field(default_factory=dict)
    latest: Mapping[RepId, datetime] = field(default_factory=dict)

    def drawn(self, pool: PoolState, member: PoolMember, rep: Rep | None, now: datetime) -> Load:
        """Return the load after a turn of the member."""
        settings = pool.settings
        mine = {(pool.name, member.rep, cap.per) for cap in caps_of(settings, member)}
        ours = {(pool.name, cap.per) for cap in settings.pool_caps}
        all_over = {(member.rep, cap.per) for cap in (rep.caps if rep is not None else ())}
        return Load(
            members=_more(self.members, mine),
            pools=_more(self.pools, ours),
            reps=_more(self.reps, all_over),
            open=_more(self.open, [member.rep]),
            latest={**self.latest, member.rep: now},
        )

    def given(self, rep: RepId, now: datetime) -> Load:
        """Return the load after the rep got a contact."""
        return replace(self, open=_more(self.open, [rep]), latest={**self.latest, rep: now})


def _more(counts: Mapping[K, int], keys: Iterable[K]) -> Mapping[K, int]:
    more = {key: counts.get(key, 0) + 1 for key in keys}
    return {**counts, **more} if more else counts


def caps_of(settings: PoolSettings, member: PoolMember) -> tuple[Cap, ...]:
    """Return the caps of a member: its own, and the pool's for other periods."""
    own = {cap.per for cap in member.caps}
    return (*member.caps, *(cap for cap in settings.caps if cap.per not in own))


def reached(pool: PoolState, member: PoolMember, rep: Rep, load: Load) -> Iterator[tuple[Cap, str]]:
    """Yield the caps that leave the member no further turn, each with the zone that its periods are in."""
    for cap in caps_of(pool.settings, member):
        if load.members.get((pool.name, member.rep, cap.per), 0) >= cap.most:
            yield cap, pool.settings.zone
    for cap in rep.caps:
        if load.reps.get((rep.id, cap.per), 0) >= cap.most:
            yield cap, rep.time_zone


def pool_reached(pool: PoolState, load: Load) -> Iterator[Cap]:
    """Yield the caps that leave the pool as a whole no further turn."""
    for cap in pool.settings.pool_caps:
        if load.pools.get((pool.name, cap.per), 0) >= cap.most:
            yield cap
