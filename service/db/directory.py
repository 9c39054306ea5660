"""Every rep and every pool of the organisation, as they are now; which names are somebody's."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Table, select

from routing.rotation import Rotation
from routing.types.people import RepId
from routing.types.pools import PoolName
from service.db import reps, rotation
from service.db.tables import account, pool, rep

_MANY = 5_000
"""Ids that are asked for in one statement."""


def directory(connection: Connection) -> Rotation:
    """All of it, without a lock: for checking names against, and to try draws on a copy."""
    return Rotation(
        pools=rotation.load(connection, pool_names(connection), lock=False),
        reps={each.id: each for each in reps.all_reps(connection)},
    )


def pool_names(connection: Connection) -> list[PoolName]:
    """The name of every pool."""
    return [PoolName(name) for name in connection.execute(select(pool.c.name)).scalars()]


def rep_ids(connection: Connection) -> list[RepId]:
    """The id of every rep."""
    return [RepId(name) for name in connection.execute(select(rep.c.external_id)).scalars()]


def reps_there(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids that are of a rep."""
    return _there(connection, rep, ids)


def accounts_there(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids that are of an account."""
    return _there(connection, account, ids)


def _there(connection: Connection, table: Table, ids: Collection[str]) -> set[str]:
    asked, column = sorted(ids), table.c.external_id
    found: set[str] = set()
    for start in range(0, len(asked), _MANY):
        some = asked[start : start + _MANY]
        found |= set(connection.execute(select(column).where(column.in_(some))).scalars())
    return found
