"""A stored contact, decided anew because a person or a clock settled what was open about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from matching.types import Remembered
from service.db import contacts, waiting
from service.db.contacts import Known
from service.db.waiting import Kind
from service.decision import Decision, Incoming
from service.flow.cases import Arrival, arrive
from service.flow.flow import Flow
from service.flow.writing import write
from service.problems import Conflict
from service.stewardship.memory import in_words


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


def close(
    connection: Connection, decision_id: str, kind: Kind, by: str, answer: object, now: datetime
) -> None:
    """Close an open matter with a person's answer. Raises Conflict when it is not open."""
    if not waiting.answer(connection, decision_id, kind, by, answer, now):
        raise Conflict("The matter is settled; a newer decision stands in its place")


def demand_same(connection: Connection, decision_id: str, kind: Kind, answer: object) -> None:
    """Raise Conflict when a matter was settled with another answer than this, and say who was first."""
    first = waiting.settled(connection, decision_id, kind)
    if first is not None and first.answer != answer:
        said = in_words(first.answer)
        raise Conflict(f"{first.by} settled the matter first, at {first.at:%Y-%m-%d %H:%M} UTC: {said}")
