"""Every rep and every pool of the organisation, as they are now."""

from __future__ import annotations

from sqlalchemy import Connection, select

from routing.rotation import Rotation
from routing.types.people import RepId
from routing.types.pools import PoolName
from service.db import reps, rotation
from service.db.tables import pool, rep


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
