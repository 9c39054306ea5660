"""What a rep answers by a link: done once, and noted with what it did in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from routing.types.pools import TurnReturn
from service.audit.log import Act, note
from service.db import assignments, link_uses
from service.db.assignments import Status
from service.db.engine import Database
from service.delivery.links import Action, Link
from service.desk.desk import Desk


class Standing(StrEnum):
    """Whether a link can still be used, and why not."""

    OPEN = "open"
    USED = "used"  # this notice was answered
    PASSED = "passed"  # the contact is not this rep's to answer for any more


class _UsedMeanwhile(Exception):
    """A call that came at the same time was first; this one's transaction is undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Answers by link. ``clock`` is the service's."""

    database: Database
    desk: Desk
    clock: Callable[[], datetime]

    def standing(self, link: Link) -> Standing:
        """How a link stands, without using it."""
        with self.database.read() as connection:
            return _standing(connection, link)

    def use(self, link: Link, reason: str, code: TurnReturn) -> Standing:
        """Accept or reject as the link says; OPEN when that was done now, else why it was not.

        ``reason`` and ``code`` are for a rejection. The rep is who is recorded.
        """
        try:
            return self.database.transact(lambda c: self._use(c, link, reason, code))
        except _UsedMeanwhile:
            return Standing.USED

    def _use(self, connection: Connection, link: Link, reason: str, code: TurnReturn) -> Standing:
        stands = _standing(connection, link)
        if stands is not Standing.OPEN:
            return stands
        now = self.clock()
        try:
            link_uses.use(connection, link.notice, link.action, link.rep, now, link.ends_at)
        except IntegrityError:
            raise _UsedMeanwhile from None
        act = Act(actor=link.rep, actor_id="link", action=f"link {link.action}", subject=link.assignment_id)
        note(connection, act, now)
        if link.action is Action.ACCEPT:
            self.desk.accept_in(connection, link.assignment_id)
        else:
            self.desk.reject_in(connection, link.assignment_id, reason, link.rep, code)
        return Standing.OPEN


def _standing(connection: Connection, link: Link) -> Standing:
    if link_uses.used(connection, link.notice) is not None:
        return Standing.USED
    found = assignments.get(connection, link.assignment_id)
    if found is None or found.rep != link.rep:
        return Standing.PASSED
    active = found.status in (Status.ASSIGNED, Status.ACCEPTED)
    return Standing.OPEN if active else Standing.PASSED
