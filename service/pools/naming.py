"""Names given before there is anybody, or anything, of the name: found, with the one that was meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from sqlalchemy import Connection

from routing.problems import nearest
from routing.types.people import RepId
from routing.types.pools import NobodyPolicy, PoolName, PoolState
from service.db import directory, reps

Name = TypeVar("Name", bound=str)


def unknown_reps(connection: Connection, names: Iterable[RepId]) -> dict[RepId, str | None]:
    """Those who are no rep, each with the rep's id that comes nearest, or None."""
    wanted = set(names)
    missing = wanted - reps.by_id(connection, wanted).keys() if wanted else wanted
    return _near(missing, directory.rep_ids(connection)) if missing else {}


def unknown_pools(connection: Connection, names: Iterable[PoolName]) -> dict[PoolName, str | None]:
    """Those that are no pool, each with the pool's name that comes nearest, or None."""
    every = directory.pool_names(connection)
    return _near(set(names) - set(every), every)


def _near(missing: Collection[Name], every: Collection[str]) -> dict[Name, str | None]:
    return {name: nearest(name, every) for name in sorted(missing)}


def asked(near: str | None) -> str:
    """The end of a sentence that says what was meant."""
    return f"; did you mean '{near}'?" if near is not None else ""


def strangers(connection: Connection, states: Iterable[PoolState]) -> dict[PoolName, list[str]]:
    """What is worth a warning in each pool: members who are no rep, and an overflow that is no pool."""
    every = list(states)
    people = unknown_reps(connection, {member.rep for state in every for member in state.members})
    onward = {state.name: state.settings.overflow for state in every if _overflows(state)}
    lost = unknown_pools(connection, {name for name in onward.values() if name is not None})
    found: dict[PoolName, list[str]] = {}
    for state in every:
        found[state.name] = [
            f"member '{member.rep}' is no rep yet and is passed over{asked(people[member.rep])}"
            for member in state.members
            if member.rep in people
        ]
        overflow = onward.get(state.name)
        if overflow in lost:
            found[state.name].append(
                f"overflow '{overflow}' is no pool yet: contacts are held{asked(lost[overflow])}"
            )
    return found


def _overflows(state: PoolState) -> bool:
    said = (state.settings.nobody, state.settings.otherwise)
    return NobodyPolicy.OVERFLOW in said and state.settings.overflow is not None
