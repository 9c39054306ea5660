"""Signals that are on no account: put on one by a person, or tried again when accounts have changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from service.db import accounts, changes
from service.db.engagement import signals, sums
from service.db.engagement.signals import Placed, Signal, Wanted
from service.db.program import settings as stored
from service.engagement.placing import place, subject
from service.engagement.taking import count
from service.problems import NotFound
from service.program.parts import Parts, known_account

AT_ONCE = 500
"""Signals that are put on an account together, or tried again together, in one transaction."""
REST = timedelta(minutes=10)
"""How long a signal that fitted nothing is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What trying again came to."""

    tried: int
    placed: int


class Unplaced:
    """Puts signals on accounts. Safe to share between threads and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def put(self, row: int, account: str, by: str, *, alike: bool = True) -> list[Signal]:
        """Put a signal on an account, also one that was on another; those that are there now.

        ``alike``: and those on no account that say the same of their company. Raises NotFound, Invalid.
        """
        return self._parts.database.transact(partial(self._put, row, account, by, alike))

    def retry(self, before: datetime | None = None) -> Tried:
        """Match signals that are on no account again, those that were not tried since a moment; None: all."""
        limit = before or self._parts.clock()
        tried = placed = 0
        while True:
            some = self._parts.database.transact(partial(self._retry, limit))
            tried, placed = tried + some.tried, placed + some.placed
            if some.tried < AT_ONCE:
                return Tried(tried=tried, placed=placed)

    def look_again(self) -> bool:
        """Try again what was tried before accounts changed, up to a batch; whether there is more of it."""
        with self._parts.database.read() as connection:
            changed = accounts.last_change(connection)
        if changed is None:
            return False
        before = min(changed, self._parts.clock() - REST)
        return self._parts.database.transact(partial(self._retry, before)).tried == AT_ONCE

    def _put(self, row: int, account: str, by: str, alike: bool, connection: Connection) -> list[Signal]:
        now = self._parts.clock()
        found = signals.get(connection, row, lock=True)
        if found is None:
            raise NotFound("There is no signal with this id")
        known_account(connection, account)
        chosen = [found] if found.account != account else []
        if alike and found.account is None and found.said:
            others = signals.page(connection, Wanted(unplaced=True), before=None, limit=AT_ONCE)
            chosen += [each for each in others if each.said == found.said and each.id != found.id]
        settings = stored.current(connection).engagement
        for each in sorted(chosen, key=lambda each: each.id):
            signals.place(connection, each.id, account=account, outcome=Placed.BY_HAND, by=by, now=now)
            if each.account is not None:
                sums.lock(connection, [each])
                sums.take(connection, each, settings)
            changes.note(connection, "signal", str(each.id), {"account": each.account}, {"account": account})
        moved = [replace(each, account=account, outcome=Placed.BY_HAND) for each in chosen]
        count(connection, moved, now)
        return moved

    def _retry(self, before: datetime, connection: Connection) -> Tried:
        now = self._parts.clock()
        waiting = signals.untried(connection, before, AT_ONCE)
        if not waiting:
            return Tried(tried=0, placed=0)
        places = place(connection, [subject(each.said, each.contact, each.email) for each in waiting], now)
        placed: list[Signal] = []
        for each, where in zip(waiting, places, strict=True):
            signals.place(
                connection,
                each.id,
                account=where.account,
                outcome=where.outcome,
                likely=where.likely,
                now=now,
            )
            if where.account is not None:
                placed.append(replace(each, account=where.account, person=where.person))
        count(connection, placed, now)
        return Tried(tried=len(waiting), placed=len(placed))
