"""Activations, decided by the rules: what stands in for a contact goes through the flow as an event.

The event is named after the activation, so it is decided once, however often and by whomever it is tried; one
whose process died in between is tried again, and answered with the decision that there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from matching.types import AccountId, Contact
from service.batcher import NOBODYS_FAULT
from service.db.engagement import activations
from service.db.engagement.activations import Activation
from service.db.engine import Database
from service.db.program import placements
from service.decision import Handled, Incoming
from service.records.reserved import ACTIVATION

BATCH = 50
SOURCE = "activation"
"""The source of what stands in for a contact."""
NAME = "Signals of the account"
"""What lists call it."""

Handle = Callable[[Sequence[Incoming]], Sequence[Handled]]
"""`Flow.handle`."""

log = structlog.get_logger(__name__)


class Deciding:
    """Has activations decided. Any number of processes may have one."""

    def __init__(self, database: Database, handle: Handle, now: Callable[[], datetime]) -> None:
        self._database = database
        self._handle = handle
        self._now = now

    def run(self) -> bool:
        """Decide what waits, up to a batch; whether any of it was decided."""
        with self._database.read() as connection:
            waiting = activations.undecided(connection, BATCH)
            names = placements.about(connection, [each.account for each in waiting])
        decided = [
            self._decide(each, names[each.account].name if each.account in names else None)
            for each in waiting
        ]
        return any(decided)

    def _decide(self, each: Activation, name: str | None) -> bool:
        try:
            [handled] = self._handle([incoming(each, name)])
        except NOBODYS_FAULT:
            raise  # the database is away, or no rulebook is live: taken up again later
        except Exception as error:  # one activation must not stop the others
            log.warning("activations.failed", activation=each.id, exc_info=error)
            problem = f"{type(error).__name__}: it could not be decided; the log says more"
            self._database.transact(lambda c: activations.fail(c, each.id, problem))
            return False
        now, decision = self._now(), handled.decision.id
        self._database.transact(lambda c: activations.settle(c, each.id, decision, now))
        return True


def incoming(each: Activation, name: str | None) -> Incoming:
    """What stands in for a contact: one for each account, so that who works it goes on working it."""
    custom = {
        "activation": each.id,
        "activation_kind": each.kind.value,
        "activation_score": each.score,
        "activation_people": each.people,
        "activation_stage": each.stage,
        "activation_topic": each.topic,
    }
    contact = Contact(
        external_id=ACTIVATION + each.account,
        last_name=NAME,
        account_id=AccountId(each.account),
        company=name,
        source=SOURCE,
        custom=custom,
    )
    return Incoming(contact=contact, event_key=ACTIVATION + each.id, digest=each.id)
