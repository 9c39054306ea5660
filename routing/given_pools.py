"""The pools of a test, with what their members have had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from matching.types import Scalar
from routing.cases import GivenPool
from routing.rotation import join
from routing.rotation.load import Load
from routing.rotation.qualities import contact_field, known_attribute
from routing.types.people import Cap, Per, RepId
from routing.types.pools import Fit, PoolMember, PoolName, PoolSettings, PoolState, RepTest
from routing.zones import ZONES


def pool_of(
    name: str, given: GivenPool | list[str], now: datetime, moment: Callable[[str, str], datetime]
) -> PoolState:
    """Return a pool as a test says it, at ``now``; ``moment`` reads a moment of the part that is named.

    Raises ValueError for what does not exist, named.
    """
    pool = given if isinstance(given, GivenPool) else GivenPool(members=given)
    weights: Mapping[str, int] = (
        pool.members if isinstance(pool.members, dict) else dict.fromkeys(pool.members, 1)
    )
    for rep in (*pool.since, *pool.newcomers):
        if rep not in weights:
            raise ValueError(f"'{rep}' is no member; name it under members as well")
    members = tuple(
        PoolMember(
            rep=RepId(rep),
            weight=weight,
            turns=pool.turns.get(rep, 0),
            credit=0,
            last_turn=0,
            since=moment(pool.since[rep], f"pools.{name}.since") if rep in pool.since else None,
        )
        for rep, weight in weights.items()
        if rep not in pool.newcomers
    )
    state = PoolState(
        name=PoolName(name),
        settings=_settings(pool),
        turn=sum(pool.turns.values()),
        members=members,
        reset_at=moment(pool.reset_at, f"pools.{name}.reset at") if pool.reset_at is not None else None,
    )
    for rep in pool.newcomers:
        state = join(state, RepId(rep), weights[rep], since=now)
    return state


def _settings(pool: GivenPool) -> PoolSettings:
    return PoolSettings(
        choose=pool.choose,
        respect_hours=pool.respect_hours,
        nobody=pool.nobody,
        within_hours=pool.within_hours,
        otherwise=pool.otherwise,
        overflow=PoolName(pool.overflow) if pool.overflow is not None else None,
        queue=pool.queue,
        keep_holder=pool.keep_holder,
        on_return=pool.on_return,
        caps=_caps(pool.caps),
        pool_caps=_caps(pool.pool_caps),
        open_cap=pool.open_cap,
        requires=tuple(_test(attribute, value) for attribute, value in pool.requires.items()),
        fit=tuple(_quality(field, attribute) for field, attribute in pool.fit.items()),
        fit_fallback=pool.fit_fallback,
        skip_last=pool.skip_last,
        skip_of=pool.skip_of,
        skip_firmly=pool.skip_firmly,
        ramp=tuple(pool.ramp),
        ramp_from=_attribute(pool.ramp_from) if pool.ramp_from is not None else None,
        newcomer=pool.newcomer,
        reset=pool.reset,
        zone=_zone(pool.zone),
    )


def _zone(name: str) -> str:
    if name not in ZONES:
        raise ValueError(f"'{name}' is no IANA time zone; write a name such as Europe/Berlin")
    return name


def load_of(pools: Mapping[str, GivenPool | list[str]]) -> Load:
    """Return what the members of a test's pools have had. Raises ValueError for a period there is none of."""
    members: dict[tuple[PoolName, RepId, Per], int] = {}
    whole: Counter[tuple[PoolName, Per]] = Counter()
    open_: dict[RepId, int] = {}
    for name, given in pools.items():
        if not isinstance(given, GivenPool):
            continue
        for rep, used in given.used.items():
            for per, count in used.items():
                members[PoolName(name), RepId(rep), _per(per)] = count
                whole[PoolName(name), _per(per)] += count
        open_ |= {RepId(rep): count for rep, count in given.open.items()}
    return Load(members=members, pools=whole, open=open_)


def _caps(said: Mapping[str, int]) -> tuple[Cap, ...]:
    return tuple(Cap(per=_per(per), most=most) for per, most in said.items())


def _per(said: str) -> Per:
    if said not in set(Per):
        raise ValueError(f"'{said}' is no period of a cap; write {_listed(Per)}")
    return Per(said)


def _test(attribute: str, value: Scalar) -> RepTest:
    return RepTest(attribute=_attribute(attribute), values=(str(value),))


def _quality(field: str, attribute: str) -> Fit:
    if contact_field(field) is None:
        raise ValueError(f"'{field}' is no field of the contact or the account")
    return Fit(contact=field, rep=_attribute(attribute))


def _attribute(name: str) -> str:
    if not known_attribute(name):
        raise ValueError(f"'{name}' is no attribute of reps; write role, team, custom.KEY, ...")
    return name


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
