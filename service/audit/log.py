"""Entries of the audit log: what is written with every change, in its own transaction.

A change made through the API or the console is noted by `as_actor`: the entry
is the first thing that each transaction of the call writes, so that there is
no change without its entry and no entry without its change; what the values
were before and after follows it (`service.db.changes`). Decisions
are noted where they are stored. Neither waits for the chain: see
`service.audit.chain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from service.db import audit, changes
from service.db.audit import Written
from service.db.engine import first_of_all

DECIDED = "decision"
"""The action of an entry that tells of a decision; its subject is the decision's id."""
SYSTEM = "muster"
"""Who goes on record for what the service does by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody is about to do.

    ``action`` is the operation (`PUT /v1/pools/{name}`, `muster people add`),
    ``subject`` what it is done to, ``detail`` what else is worth knowing and
    holds nothing personal or secret.
    """

    actor: str
    actor_id: str
    action: str
    subject: str
    detail: dict[str, Any] = field(default_factory=dict)


def note(connection: Connection, act: Act, now: datetime) -> None:
    """Write an entry in the transaction of what it tells of."""
    audit.write(connection, [_written(act, now)])


def note_decisions(connection: Connection, decision_ids: Sequence[str], now: datetime) -> None:
    """Write an entry for each decision, in the transaction that stores them."""
    audit.write(
        connection,
        [
            Written(at=now, actor=SYSTEM, actor_id="", action=DECIDED, subject=each, detail={})
            for each in decision_ids
        ],
    )


@contextmanager
def as_actor(act: Act, now: Callable[[], datetime]) -> Iterator[None]:
    """Have each transaction in this block, on this task or thread, begin with an entry of the act."""
    before = first_of_all.get()
    token = first_of_all.set(partial(_first, before=before, act=act, now=now))
    try:
        with changes.made_by(changes.Actor(name=act.actor, id=act.actor_id, now=now)):
            yield
    finally:
        first_of_all.reset(token)


def _first(
    connection: Connection,
    *,
    before: Callable[[Connection], None] | None,
    act: Act,
    now: Callable[[], datetime],
) -> None:
    if before is not None:
        before(connection)
    note(connection, act, now())


def _written(act: Act, now: datetime) -> Written:
    return Written(
        at=now,
        actor=act.actor,
        actor_id=act.actor_id,
        action=act.action[:128],
        subject=act.subject[:400],
        detail=act.detail,
    )
