"""The outbox: one row for each message and destination, from decided to delivered.

A row is claimed with a lease, sent outside any transaction, and marked. What a
dead sender had claimed is due again when its lease ends; the receiver knows a
message that comes twice by its id. Messages about one contact go to a
destination in the order of their decisions: a row is due only when no earlier
row of its contact is still on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Text, and_, cast, exists, func, insert, select, update

from service.db.tables import delivery as table
from service.db.tables import destination


class State(StrEnum):
    """Where a message is on its way."""

    WAITING = "waiting"  # to be sent when it is due
    SENDING = "sending"  # a sender has it until its lease ends
    DELIVERED = "delivered"  # the receiver took it
    DEAD = "dead"  # given up: sent again only when someone says so


UNDELIVERED = (State.WAITING, State.SENDING, State.DEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one destination is to be told. ``id`` is the same at every attempt.

    A message that is about no decision keeps no order with others.
    """

    id: str
    destination_id: str
    type: str
    contact_row: int | None
    decision_id: str | None
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message in the hands of a sender. ``attempts`` counts those before this one."""

    row: int
    message: Message
    attempts: int
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt. ``next_at`` is set exactly when the message waits for another."""

    state: State
    next_at: datetime | None
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message as those see it who watch over deliveries."""

    id: int
    message_id: str
    destination_id: str
    type: str
    decision_id: str | None
    state: State
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which deliveries a reader wants; None leaves a field open. ``undelivered``: those not taken yet."""

    destination_id: str | None = None
    state: State | None = None
    undelivered: bool = False
    type: str | None = None
    decision_id: str | None = None


def add(connection: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Queue messages, due at once, in the transaction of the decisions they tell of."""
    if messages:
        connection.execute(insert(table), [_row(message, now) for message in messages])


def _row(message: Message, now: datetime) -> dict[str, Any]:
    return {
        "message_id": message.id,
        "destination_id": message.destination_id,
        "type": message.type,
        "contact_id": message.contact_row,
        "decision_id": message.decision_id,
        "payload": message.payload,
        "state": State.WAITING,
        "attempts": 0,
        "next_at": now,
        "created_at": now,
    }


def destinations_due(connection: Connection, now: datetime) -> list[str]:
    """The ids of active destinations that have a message to be sent now."""
    some = exists().where(
        table.c.destination_id == destination.c.id, table.c.state == State.WAITING, table.c.next_at <= now
    )
    query = select(destination.c.id).where(destination.c.active, destination.c.deleted_at.is_(None), some)
    return list(connection.execute(query.order_by(destination.c.id)).scalars())


def claim(
    connection: Connection, destination_id: str, now: datetime, lease_until: datetime, limit: int
) -> list[Claimed]:
    """Take up to ``limit`` due messages of a destination, the longest overdue first, one of each contact."""
    earlier = table.alias()
    ahead = exists().where(
        earlier.c.destination_id == table.c.destination_id,
        earlier.c.contact_id == table.c.contact_id,
        earlier.c.id < table.c.id,
        earlier.c.state.in_((State.WAITING, State.SENDING)),
    )
    due = (
        select(table)
        .where(
            table.c.destination_id == destination_id,
            table.c.state == State.WAITING,
            table.c.next_at <= now,
            ~ahead,
        )
        .order_by(table.c.next_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    if rows:
        connection.execute(
            update(table)
            .where(table.c.id.in_([row.id for row in rows]))
            .values(state=State.SENDING, lease_until=lease_until, attempts=table.c.attempts + 1)
        )
    return [_claimed(row, lease_until) for row in rows]


def end_leases(connection: Connection, now: datetime) -> None:
    """Make due at once what was claimed, for when nobody can be sending it."""
    claimed = update(table).where(table.c.lease_until.is_not(None))
    connection.execute(claimed.values(state=State.WAITING, lease_until=None, next_at=now))


def release_expired(connection: Connection, now: datetime) -> int:
    """Make due again what senders had claimed that did not come back; how many messages that is."""
    lost = update(table).where(table.c.lease_until <= now)
    return connection.execute(lost.values(state=State.WAITING, lease_until=None, next_at=now)).rowcount


def settle(connection: Connection, claimed: Claimed, outcome: Outcome, now: datetime) -> bool:
    """Note what became of an attempt; False when the lease was lost and another sender has the message."""
    values: dict[str, Any] = {
        "state": outcome.state,
        "lease_until": None,
        "last_status": outcome.status,
        "last_error": outcome.error,
    }
    if outcome.next_at is not None:
        values["next_at"] = outcome.next_at
    if outcome.state is State.DELIVERED:
        values["delivered_at"] = now
    ours = and_(
        table.c.id == claimed.row,
        table.c.state == State.SENDING,
        table.c.lease_until == claimed.lease_until,
    )
    if connection.execute(update(table).where(ours).values(**values)).rowcount == 1:
        return True
    late = update(table).where(table.c.id == claimed.row)
    connection.execute(late.values(overtaken=func.coalesce(table.c.overtaken, 0) + 1))
    return False


def page(connection: Connection, wanted: Filter, before: int | None, limit: int) -> list[Delivery]:
    """Up to ``limit`` deliveries, the newest first, with ids below ``before``."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if wanted.destination_id is not None:
        query = query.where(table.c.destination_id == wanted.destination_id)
    if wanted.state is not None:
        query = query.where(table.c.state == wanted.state)
    if wanted.undelivered:
        query = query.where(table.c.state.in_(UNDELIVERED))
    if wanted.type is not None:
        query = query.where(table.c.type == wanted.type)
    if wanted.decision_id is not None:
        query = query.where(table.c.decision_id == wanted.decision_id)
    if before is not None:
        query = query.where(table.c.id < before)
    return [_delivery(row) for row in connection.execute(query)]


def get(connection: Connection, delivery_id: int) -> Delivery | None:
    """One delivery, or None."""
    row = connection.execute(select(table).where(table.c.id == delivery_id)).first()
    return None if row is None else _delivery(row)


def replay(connection: Connection, delivery_id: int, now: datetime) -> bool:
    """Send a message again that was delivered or given up; False when it is on its way, or emptied."""
    return _restart(connection, table.c.id == delivery_id, (State.DEAD, State.DELIVERED), now) == 1


def replay_dead(connection: Connection, destination_id: str, now: datetime) -> int:
    """Send every message again that was given up for a destination; how many there are."""
    return _restart(connection, table.c.destination_id == destination_id, (State.DEAD,), now)


def _restart(connection: Connection, which: Any, states: tuple[State, ...], now: datetime) -> int:
    told = cast(table.c.payload, Text) != "{}"  # what was erased or is past its time has nothing to say
    restarted = update(table).where(which, told, table.c.state.in_(states))
    values = {"state": State.WAITING, "attempts": 0, "next_at": now, "delivered_at": None}
    return connection.execute(restarted.values(**values)).rowcount


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many messages are in each state, by destination id and state.

    Those delivered are left out, and those to a destination that was deleted: nobody waits for them.
    """
    query = (
        select(table.c.destination_id, table.c.state, func.count())
        .join(destination, destination.c.id == table.c.destination_id)
        .where(table.c.state.in_(UNDELIVERED), destination.c.deleted_at.is_(None))
        .group_by(table.c.destination_id, table.c.state)
    )
    return {(where, state): count for where, state, count in connection.execute(query)}


def oldest_waiting(connection: Connection) -> datetime | None:
    """Since when the oldest message waits for a destination there is, neither delivered nor given up."""
    query = (
        select(func.min(table.c.created_at))
        .join(destination, destination.c.id == table.c.destination_id)
        .where(table.c.state.in_((State.WAITING, State.SENDING)), destination.c.deleted_at.is_(None))
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def _claimed(row: Row[Any], lease_until: datetime) -> Claimed:
    message = Message(
        id=row.message_id,
        destination_id=row.destination_id,
        type=row.type,
        contact_row=row.contact_id,
        decision_id=row.decision_id,
        payload=row.payload,
    )
    return Claimed(row=row.id, message=message, attempts=row.attempts, lease_until=lease_until)


def _delivery(row: Row[Any]) -> Delivery:
    state = State(row.state)
    return Delivery(
        id=row.id,
        message_id=row.message_id,
        destination_id=row.destination_id,
        type=row.type,
        decision_id=row.decision_id,
        state=state,
        attempts=row.attempts,
        next_at=row.next_at if state is State.WAITING else None,
        last_status=row.last_status,
        last_error=row.last_error,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        payload=row.payload,
    )
