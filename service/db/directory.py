"""Every rep and every pool of the organisation, as they are now."""

from __future__ import annotations

from sqlalchemy import Connection, select

from routing.rotation import Rotation
from routing.types.pools import PoolName
from service.db import reps, rotation
from service.db.tables import pool


def directory(connection: Connection) -> Rotation:
    """All of it, without a lock: for checking names against, and to try draws on a copy."""
    names = [PoolName(known) for known in connection.execute(select(pool.c.name)).scalars()]
    return Rotation(
        pools=rotation.load(connection, names, lock=False),
        reps={rep.id: rep for rep in reps.all_reps(connection)},
    )
