"""Pools: who takes turns where, how fair that was, who is next, and every entry of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from routing.availability import why_unavailable
from routing.rotation.standings import share as in_force
from routing.types.people import Rep, RepId
from routing.types.pools import PoolMember, PoolName, PoolSettings, PoolState
from routing.types.rotation import EntryKind, SkipReason
from service.console.pool_form import OPTIONS, caps_text
from service.console.presence import PRESENCE
from service.console.visit import Visit
from service.db import ledger, rotation
from service.db.directory import directory
from service.pools.asking import preview, report, warnings
from service.problems import NotFound, Problem
from service.records.caps import caps_said
from service.records.pools import settings_said

LEDGER = 15
LINES = 50
PERIODS = (7, 30, 90, 365)
AHEAD = (5, 10, 25, 50)
_USUAL = settings_said(PoolSettings())


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A member of a pool with their share of the turns."""

    member: PoolMember
    name: str
    presence: SkipReason | None
    share: float
    wanted: float
    caps: str


def listing(visit: Visit) -> Response:
    """Every pool with its members."""
    return show_all(visit)


def show_all(visit: Visit, problem: Problem | None = None) -> Response:
    """The list; with what kept a pool from being made."""
    with visit.services.database.read() as connection:
        known = directory(connection)
    return visit.show(
        "pools.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        presences=PRESENCE,
        pools=[(state, _members(visit, state, known.reps)) for state in known.pools.values()],
    )


def one(visit: Visit) -> Response:
    """One pool."""
    return show(visit)


def show(visit: Visit, problem: Problem | None = None) -> Response:
    """One pool: its settings, who is next and why, how fair it was, the newest entries of its ledger."""
    name, now = PoolName(visit.params["name"]), visit.services.now()
    days, draws = _number(visit, "days", PERIODS, 30), _number(visit, "next", AHEAD, AHEAD[0])
    with visit.services.database.read() as connection:
        states = rotation.load(connection, [name], lock=False)
        if name not in states:
            raise NotFound("There is no pool with this name")
        known = directory(connection).reps
        lines = ledger.page(connection, name, limit=LEDGER)
        ahead = preview(connection, name, now, draws)
        fair = report(connection, states[name], now - timedelta(days=days), now)
    members = _members(visit, states[name], known)
    inside = {each.member.rep for each in members}
    return visit.show(
        "pool.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        presences=PRESENCE,
        pool=states[name],
        members=members,
        outside=[(rep.id, rep.name) for rep in _by_name(known) if rep.active and rep.id not in inside],
        said=_unusual(states[name].settings),
        options=OPTIONS,
        warnings=list(warnings(states[name])),
        ahead=ahead,
        draws=draws,
        fair=fair,
        days=days,
        periods=PERIODS,
        previews=AHEAD,
        ledger=lines,
        returns=_returns(states[name]),
        names={rep.id: rep.name for rep in known.values()},
    )


def turns(visit: Visit) -> Response:
    """The ledger of a pool, the newest entry first, by rep and by what was done."""
    name, kind = PoolName(visit.params["name"]), visit.query.get("kind", "")
    rep, before = visit.query.get("rep"), visit.query.get("before", "")
    with visit.services.database.read() as connection:
        states = rotation.load(connection, [name], lock=False)
        if name not in states:
            raise NotFound("There is no pool with this name")
        lines = ledger.page(
            connection,
            name,
            before=int(before) if before.isdecimal() and len(before) < 19 else None,
            limit=LINES + 1,
            rep=RepId(rep) if rep else None,
            kinds=[EntryKind(kind)] if kind in list(EntryKind) else (),
        )
        known = directory(connection).reps
    older = (
        {"rep": rep or "", "kind": kind, "before": str(lines[LINES - 1].id)} if len(lines) > LINES else None
    )
    return visit.show(
        "pool_ledger.html",
        pool=states[name],
        ledger=lines[:LINES],
        older=urlencode(older) if older else None,
        rep=rep,
        kind=kind,
        returns=_returns(states[name]),
        reps=[(each.id, each.name) for each in _by_name(known)],
        names={each.id: each.name for each in known.values()},
    )


def _returns(pool: PoolState) -> list[tuple[str, str]]:
    return [(code.value, OPTIONS[code]) for code in pool.settings.gives_back]


def _by_name(known: Mapping[RepId, Rep]) -> list[Rep]:
    return sorted(known.values(), key=lambda rep: (rep.name.casefold(), rep.id))


def _number(visit: Visit, name: str, allowed: tuple[int, ...], usual: int) -> int:
    text = visit.query.get(name, "")
    return int(text) if text in map(str, allowed) else usual


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
            presence=_presence(known.get(member.rep), visit),
            share=member.turns / turns,
            wanted=in_force(member) / weights,
            caps=caps_text(caps_said(member.caps)),
        )
        for member in pool.members
    ]


def _presence(rep: Rep | None, visit: Visit) -> SkipReason | None:
    """Why the rep could not be given anything at this moment; None when they could."""
    if rep is None:
        return SkipReason.UNKNOWN
    return why_unavailable(rep, visit.services.now(), respect_hours=True)
