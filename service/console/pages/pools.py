"""Reps and pools: who takes turns where, how many they had, and the last entries of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from routing.availability import why_unavailable
from routing.rotation.standings import share as in_force
from routing.types import PoolMember, PoolName, PoolSettings, PoolState, Rep, RepId, SkipReason
from service.console.visit import Visit
from service.db import console, ledger, rotation
from service.db.directory import directory
from service.pool_records import settings_said
from service.pools import preview, report, warnings
from service.problems import NotFound

LEDGER = 25
AHEAD = 5
FAIR = timedelta(days=30)
_USUAL = settings_said(PoolSettings())


PRESENCE: dict[SkipReason | None, tuple[str, str]] = {
    None: ("At work", "good"),
    SkipReason.ABSENT: ("On leave", "warn"),
    SkipReason.OFF_HOURS: ("Off hours", "quiet"),
    SkipReason.HOLIDAY: ("Holiday", "quiet"),
    SkipReason.OFFLINE: ("Offline", "warn"),
    SkipReason.BUSY: ("In a meeting", "quiet"),
    SkipReason.INACTIVE: ("Inactive", "bad"),
    SkipReason.UNKNOWN: ("Not known", "bad"),
}
"""Whether a rep is there: a chip's words and tone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A member of a pool with their share of the turns."""

    member: PoolMember
    name: str
    presence: SkipReason | None
    share: float
    wanted: float


def listing(visit: Visit) -> Response:
    """Every pool with its members, and every rep."""
    now = visit.services.now()
    with visit.services.database.read() as connection:
        known = directory(connection)
        loads = {load.rep: load for load in console.loads(connection, now, now - timedelta(days=7))}
    everyone = sorted(known.reps.values(), key=lambda rep: (not rep.active, rep.name))
    return visit.show(
        "pools.html",
        presences=PRESENCE,
        pools=[(state, _members(visit, state, known.reps)) for state in known.pools.values()],
        reps=[(rep, presence(rep, visit), loads.get(rep.id)) for rep in everyone],
        names={rep.id: rep.name for rep in everyone},
    )


def one(visit: Visit) -> Response:
    """One pool: its settings, who is next and why, how fair it was, and the last entries of its ledger."""
    name = PoolName(visit.params["name"])
    with visit.services.database.read() as connection:
        states = rotation.load(connection, [name], lock=False)
        if name not in states:
            raise NotFound("There is no pool with this name")
        known = directory(connection).reps
        lines = ledger.page(connection, name, limit=LEDGER)
        now = visit.services.now()
        ahead = preview(connection, name, now, AHEAD)
        fair = report(connection, states[name], now - FAIR, now)
    return visit.show(
        "pool.html",
        presences=PRESENCE,
        pool=states[name],
        members=_members(visit, states[name], known),
        said=_unusual(states[name].settings),
        warnings=list(warnings(states[name])),
        ahead=ahead,
        fair=fair,
        ledger=lines,
        names={rep.id: rep.name for rep in known.values()},
    )


def _unusual(settings: PoolSettings) -> dict[str, Any]:
    """The settings that differ from the default, as a person writes them."""
    return {name: value for name, value in settings_said(settings).items() if value != _USUAL[name]}


def _members(visit: Visit, pool: PoolState, known: Mapping[RepId, Rep]) -> list[MemberView]:
    turns = sum(member.turns for member in pool.members) or 1
    weights = sum(map(in_force, pool.members)) or 1
    return [
        MemberView(
            member=member,
            name=known[member.rep].name if member.rep in known else member.rep,
            presence=presence(known.get(member.rep), visit),
            share=member.turns / turns,
            wanted=in_force(member) / weights,
        )
        for member in pool.members
    ]


def presence(rep: Rep | None, visit: Visit) -> SkipReason | None:
    """Why the rep could not be given anything at this moment; None when they could."""
    if rep is None:
        return SkipReason.UNKNOWN
    return why_unavailable(rep, visit.services.now(), respect_hours=True)
