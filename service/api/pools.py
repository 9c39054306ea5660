"""Pools: reps in rotation, with the state of their turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from routing.rotation.standings import standing
from routing.types.people import RepId
from routing.types.pools import (
    Choose,
    NewcomerPolicy,
    NobodyPolicy,
    PoolMember,
    PoolName,
    PoolState,
    ResetPolicy,
    ReturnPolicy,
    SkipPolicy,
    TurnReturn,
)
from service.api import pool_turns
from service.api.resource import Resource, routes
from service.db import pools
from service.pools.asking import warnings
from service.pools.naming import strangers
from service.records.caps import caps_said
from service.records.pools import PoolFields, PoolRecord, settings_said


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A member: weight, the percent of it in force, turns drawn, credit, and both together (``standing``)."""

    rep: RepId
    weight: int
    percent: int
    turns: int
    credit: int
    standing: int
    last_turn: int
    since: datetime | None
    starts: datetime | None
    until: datetime | None
    caps: Mapping[str, int]
    named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """A pool with its settings, its members and how many turns were drawn in all.

    ``warnings`` are what in the settings may surprise; ``reset_at`` is when all last started from zero.
    """

    name: PoolName
    choose: Choose
    fit: Sequence[Mapping[str, Any]]
    fit_fallback: bool
    requires: Mapping[str, Any]
    members_where: Mapping[str, Any]
    respect_hours: bool
    caps: Mapping[str, int]
    pool_caps: Mapping[str, int]
    open_cap: int | None
    zone: str
    ramp: Sequence[int]
    ramp_from: str | None
    skip_last: int
    skip_of: SkipPolicy
    skip_firmly: bool
    keep_holder: bool
    on_return: ReturnPolicy
    catch_up_most: int | None
    newcomer: NewcomerPolicy
    count_owned: bool
    count_manual: bool
    gives_back: Sequence[TurnReturn]
    reset: ResetPolicy
    nobody: NobodyPolicy
    within_hours: int
    otherwise: NobodyPolicy
    overflow: PoolName | None
    queue: str | None
    turn: int
    reset_at: datetime | None
    members: Sequence[MemberView]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPage:
    """Pools in the order they were first stored. ``next_cursor`` is None on the last page."""

    pools: Sequence[PoolView]
    next_cursor: str | None


def view(state: PoolState, strange: Sequence[str] = ()) -> PoolView:
    """The pool as callers see it; ``strange`` are warnings of names that are nobody's."""
    return PoolView(
        **settings_said(state.settings),
        name=state.name,
        turn=state.turn,
        reset_at=state.reset_at,
        members=[_member(member) for member in state.members],
        warnings=[*strange, *warnings(state)],
    )


def _member(member: PoolMember) -> MemberView:
    return MemberView(
        rep=member.rep,
        weight=member.weight,
        percent=member.percent,
        turns=member.turns,
        credit=member.credit,
        standing=standing(member),
        last_turn=member.last_turn,
        since=member.since,
        starts=member.starts,
        until=member.until,
        caps=caps_said(member.caps),
        named=member.named,
    )


def _read(connection: Connection, name: str, _now: datetime) -> PoolView | None:
    state = pools.get(connection, name)
    return view(state, strangers(connection, [state])[state.name]) if state else None


def _rows(connection: Connection, after: int, limit: int, _now: datetime) -> list[tuple[int, PoolView]]:
    found = pools.page(connection, after=after, limit=limit)
    strange = strangers(connection, [state for _, state in found])
    return [(row, view(state, strange[state.name])) for row, state in found]


api = pool_turns.api  # its addresses are longer, and a pool's name may have slashes: they go first
api.include_router(
    routes(
        Resource(
            one="pool",
            plural="pools",
            fields=PoolFields,
            record=PoolRecord,
            key="name",
            view=PoolView,
            page=PoolPage,
            upsert=pools.upsert,
            read=_read,
            rows=_rows,
            remove=pools.remove,
        )
    )
)
