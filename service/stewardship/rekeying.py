"""Making the stored keys of all accounts anew, for when the way in which keys are made has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from service.db import account_keys, accounts
from service.db.engine import Database

CHUNK = 1000
"""Accounts of one transaction."""


def are_current(database: Database) -> bool:
    """Whether contacts find the accounts by the keys that are stored."""
    with database.read() as connection:
        return account_keys.are_current(connection)


def rebuild(database: Database, now: datetime, step: Callable[[int], None]) -> int:
    """Make the keys of every account anew; how many accounts there are.

    ``step`` is told now and then how many are done. Safe to repeat, also after
    it was cut off, and beside servers that store accounts meanwhile: the keys
    count as current when all are.
    """
    done, after = 0, 0
    while True:
        work = partial(accounts.rebuild_keys, now=now, after=after, limit=CHUNK)
        made, last = database.transact(work)
        done += made
        step(done)
        if last is None:
            break
        after = last
    database.transact(account_keys.settle)
    return done
