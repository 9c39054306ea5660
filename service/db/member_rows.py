"""Members as rows, and the entries that say what was done to a membership."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from routing.rotation.standings import find, share
from routing.types.people import RepId
from routing.types.pools import PoolMember, PoolState
from routing.types.rotation import EntryKind
from service.db.ledger import Change
from service.db.rotation import caps_out
from service.db.tables import pool, pool_member


def write_members(connection: Connection, before: PoolState, after: PoolState) -> None:
    """Write the members that differ anew, whole. Call only with a pool loaded under lock."""
    old = {member.rep: member for member in before.members}
    new = {member.rep: member for member in after.members}
    differing = [rep for rep in sorted(old.keys() | new.keys()) if old.get(rep) != new.get(rep)]
    if not differing:
        return
    pool_id = connection.execute(select(pool.c.id).where(pool.c.name == after.name)).scalar_one()
    connection.execute(
        delete(pool_member).where(pool_member.c.pool_id == pool_id, pool_member.c.rep.in_(differing))
    )
    rows = [{"pool_id": pool_id} | _row(new[rep]) for rep in differing if rep in new]
    if rows:
        connection.execute(insert(pool_member), rows)


def _row(member: PoolMember) -> dict[str, Any]:
    return asdict(member) | {"caps": caps_out(member.caps)}


def joined(state: PoolState, rep: RepId, reason: str) -> Change:
    """That a rep has joined, who stands in the pool already."""
    member = find(state, rep)
    assert member is not None
    return Change(
        pool=state.name,
        kind=EntryKind.JOIN,
        rep=rep,
        amount=member.credit,
        weight=share(member),
        reason=reason,
    )


def left(state: PoolState, rep: RepId, reason: str) -> Change:
    """That a rep has left."""
    return Change(pool=state.name, kind=EntryKind.LEAVE, rep=rep, amount=0, weight=0, reason=reason)


def reweighed(before: PoolState, after: PoolState, rep: RepId, reason: str) -> Change:
    """That a member has another weight, which it kept its place with."""
    old, new = find(before, rep), find(after, rep)
    assert old is not None and new is not None
    return Change(
        pool=after.name,
        kind=EntryKind.REWEIGHT,
        rep=rep,
        amount=new.credit - old.credit,
        weight=share(new),
        reason=reason,
    )
