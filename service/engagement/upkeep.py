"""What engagement needs from time to time: sums by the settings in force, and signals tried again."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db.engagement import sums
from service.db.program import settings as stored
from service.engagement.unplaced import Unplaced
from service.program.parts import Parts

BATCH = 1000


class Upkeep:
    """Does it, a batch at a time. Any number of processes may have one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._unplaced = Unplaced(parts)

    def run(self) -> bool:
        """Do some of what is due; whether there may be more at once."""
        refreshed = self._parts.database.transact(refresh)
        return self._unplaced.look_again() or refreshed == BATCH


def refresh(connection: Connection) -> int:
    """Make sums anew that were made by settings of before, up to a batch; how many."""
    settings = stored.current(connection).engagement
    old = sums.stale(connection, settings, BATCH)
    sums.hold(connection, [account for account, _ in old])
    sums.refresh(connection, old, settings)
    return len(old)
