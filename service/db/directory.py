"""Every rep and every pool of the organisation, as they are now."""

from __future__ import annotations

from sqlalchemy import Connection, select

from routing.rotation import Rotation
from routing.types import PoolName, RepId
from service.db import reps, rotation
from service.db.tables import pool, rep


def directory(connection: Connection) -> Rotation:
    """All of it, without a lock: for checking names against, and to try draws on a copy."""
    people = [RepId(known) for known in connection.execute(select(rep.c.external_id)).scalars()]
    names = [PoolName(known) for known in connection.execute(select(pool.c.name)).scalars()]
    return Rotation(pools=rotation.load(connection, names, lock=False), reps=reps.by_id(connection, people))
