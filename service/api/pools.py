"""Pools: reps in rotation, with the state of their turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.types import NobodyPolicy, PoolMember, PoolName, PoolState, ReturnPolicy
from service.api.resource import Resource, routes
from service.db import pools
from service.records import PoolFields, PoolRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """A pool with its settings, its members and how many turns were drawn in all."""

    name: PoolName
    respect_hours: bool
    nobody: NobodyPolicy
    overflow: PoolName | None
    keep_holder: bool
    on_return: ReturnPolicy
    turn: int
    members: Sequence[PoolMember]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPage:
    """Pools in the order they were first stored. ``next_cursor`` is None on the last page."""

    pools: Sequence[PoolView]
    next_cursor: str | None


def view(state: PoolState) -> PoolView:
    """The pool as callers see it."""
    return PoolView(
        name=state.name,
        respect_hours=state.settings.respect_hours,
        nobody=state.settings.nobody,
        overflow=state.settings.overflow,
        keep_holder=state.settings.keep_holder,
        on_return=state.settings.on_return,
        turn=state.turn,
        members=state.members,
    )


def _read(connection: Connection, name: str, _now: datetime) -> PoolView | None:
    state = pools.get(connection, name)
    return view(state) if state else None


def _rows(connection: Connection, after: int, limit: int, _now: datetime) -> list[tuple[int, PoolView]]:
    return [(row, view(state)) for row, state in pools.page(connection, after=after, limit=limit)]


api = routes(
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
