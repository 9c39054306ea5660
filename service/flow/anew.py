"""A stored contact, decided anew because a person or a clock settled what was open about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from matching.types import Remembered
from service.db import contacts
from service.db.contacts import Known
from service.decision import Decision, Incoming
from service.flow.cases import Arrival, arrive
from service.flow.flow import Flow
from service.flow.writing import write


def locked(connection: Connection, contact_row: int | None) -> Known:
    """A stored contact that nobody else works on until the transaction ends."""
    assert contact_row is not None, "a decision is always about a stored contact"
    known = contacts.by_rows(connection, [contact_row])[contact_row]
    held: set[str] = set()
    while more := set(known.names()) - held:  # whoever held it before may have given it another name
        contacts.lock(connection, more)
        held |= more
        known = contacts.by_rows(connection, [contact_row])[contact_row]
    return known


def anew(
    known: Known, event_key: str, answers: Mapping[str, str], remembered: tuple[Remembered, ...] = ()
) -> Arrival:
    """A stored contact as an event of its own, to be decided again."""
    said = Incoming(
        contact=known.contact,
        event_key=event_key,
        digest="",
        occurred_at=known.occurred_at,
        answers=answers,
        remembered=remembered,
        again=True,
    )
    return replace(arrive(said), row=known.row)


def decide_anew(flow: Flow, connection: Connection, arrival: Arrival, now: datetime) -> Decision:
    """Decide an event of a locked contact, and store the decision."""
    batch = flow.decide(connection, [arrival], now)
    write(connection, batch, now)
    return batch.decisions[0]
