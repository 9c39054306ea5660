"""Members by what they are: a pool's condition over rep attributes, followed at once.

Whoever is active and meets the condition is a member without being named, at
weight 1. It is looked at in the transaction that changes a rep or the pool, so a
change takes effect with it and stands in the ledger.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from routing.rotation import join, leave
from routing.rotation.qualities import all_hold
from routing.rotation.standings import find, with_member
from routing.types.people import Rep
from routing.types.pools import PoolName, PoolState
from service.db import ledger, rotation
from service.db.ledger import Change
from service.db.member_rows import joined, left, write_members
from service.db.tables import pool

MATCHES = "meets the pool's condition"
NO_LONGER = "does not meet the pool's condition any more"


def hold(connection: Connection) -> dict[PoolName, PoolState]:
    """The pools with a condition, locked: before reps change, so that pools are always locked first."""
    rows = connection.execute(select(pool.c.name, pool.c.settings))
    return rotation.load(
        connection, [PoolName(row.name) for row in rows if row.settings.get("members_where")], lock=True
    )


def follow(connection: Connection, held: Collection[PoolState], reps: Collection[Rep], now: datetime) -> None:
    """Bring the members of locked pools to who meets their conditions now. ``reps`` are all there are."""
    for before in held:
        after, changes = followed(before, reps, now)
        if changes:
            write_members(connection, before, after)
            ledger.enter(connection, changes, now)


def followed(state: PoolState, reps: Collection[Rep], now: datetime) -> tuple[PoolState, list[Change]]:
    """The pool with the members its condition asks for, and what was done to whom."""
    where = state.settings.members_where
    wanted = {rep.id for rep in reps if rep.active and all_hold(where, rep)} if where else set()
    changes: list[Change] = []
    for member in state.members:
        if not member.named and member.rep not in wanted:
            state = leave(state, member.rep)
            changes.append(left(state, member.rep, NO_LONGER))
    for rep in sorted(wanted):
        if find(state, rep) is None:
            state = join(state, rep, since=now)
            state = with_member(state, replace(state.members[-1], named=False))
            changes.append(joined(state, rep, MATCHES))
    return state, changes
