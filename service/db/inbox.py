"""The inbox: what was received and acknowledged, until it is decided.

An item is known by its source and dedupe key for ever: whatever comes again
under the same key is the same event. A worker claims rows by moving their
``next_at`` to the end of its claim and counting the attempt, in a transaction
of its own, before it works on them. So an item that kills whoever touches it
is seen to have been tried, and what a dead worker had is due again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db.tables import inbox as table
from service.db.tables import source

_OTHER_BODY = "another body came before under the same key; that one stands"


class State(StrEnum):
    """Where an item is on its way."""

    WAITING = "waiting"  # to be decided
    DECIDED = "decided"  # there is a decision
    QUARANTINED = "quarantined"  # cannot be mapped or decided; waits for a person
    CONFLICT = "conflict"  # came under a key that another body had before; kept to be seen


class Result(StrEnum):
    """What became of an item that came in."""

    ACCEPTED = "accepted"  # kept, and will be decided
    DUPLICATE = "duplicate"  # the same came before
    CONFLICT = "conflict"  # another body came before under the same key; that one stands
    QUARANTINED = "quarantined"  # kept, but cannot be decided as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a webhook call, ready to be kept. With a ``problem`` it goes to quarantine."""

    dedupe_key: str
    digest: str
    body: bytes
    notes: tuple[dict[str, str], ...]
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of an item, and the row that stands for it."""

    id: int
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An item in the hands of a worker. ``attempts`` counts those before this one."""

    id: int
    source: str
    dedupe_key: str
    digest: str
    body: bytes
    received_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item as those see it who watch over a source."""

    id: int
    source: str
    dedupe_key: str
    state: State
    received_at: datetime
    attempts: int
    notes: tuple[dict[str, str], ...]
    problem: str | None
    decision_id: str | None
    decided_at: datetime | None
    body: bytes


def receive(connection: Connection, source_name: str, items: Sequence[Item], now: datetime) -> list[Received]:
    """Keep what has not come before; what became of each item, in the order given."""
    # One order for all: two calls with the same items wait for each other, they do not deadlock.
    ordered = sorted(range(len(items)), key=lambda place: (items[place].dedupe_key, place))
    kept = _insert(connection, [_row(source_name, items[place], now) for place in ordered])
    first = {items[place].dedupe_key: place for place in reversed(ordered)}
    new = {place for key, place in first.items() if key in kept}
    others = [item for place, item in enumerate(items) if place not in new]
    known = _known(connection, source_name, {item.dedupe_key for item in others})
    conflicts = [item for item in others if known[item.dedupe_key].digest != item.digest]
    aside = _keep_conflicts(connection, source_name, conflicts, now)
    results = []
    for place, item in enumerate(items):
        if place in new:
            result = Result.QUARANTINED if item.problem else Result.ACCEPTED
            results.append(Received(id=kept[item.dedupe_key], result=result))
        elif known[item.dedupe_key].digest == item.digest:
            results.append(Received(id=known[item.dedupe_key].id, result=Result.DUPLICATE))
        else:
            results.append(Received(id=aside[_beside(item)], result=Result.CONFLICT))
    return results


def _beside(item: Item) -> str:
    """The key under which an item is kept whose own key another item has."""
    return f"{item.dedupe_key}#{item.digest}"


def _keep_conflicts(
    connection: Connection, source_name: str, conflicts: Sequence[Item], now: datetime
) -> dict[str, int]:
    if not conflicts:
        return {}
    rows = {_beside(item): _row(source_name, item, now) for item in conflicts}
    for key, row in rows.items():
        row |= {"dedupe_key": key, "state": State.CONFLICT, "problem": _OTHER_BODY}
    kept = _insert(connection, [rows[key] for key in sorted(rows)])
    before = _known(connection, source_name, set(rows) - set(kept))
    return kept | {key: row.id for key, row in before.items()}


def _row(source_name: str, item: Item, now: datetime) -> dict[str, Any]:
    return {
        "source": source_name,
        "dedupe_key": item.dedupe_key,
        "digest": item.digest,
        "body": item.body,
        "received_at": now,
        "state": State.QUARANTINED if item.problem else State.WAITING,
        "attempts": 0,
        "next_at": now,
        "notes": list(item.notes),
        "problem": item.problem,
    }


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Insert the rows whose key is new, of several with one key the first; the id of each key that was."""
    if not rows:
        return {}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(list(rows)).on_conflict_do_nothing()
    made = connection.execute(statement.returning(table.c.dedupe_key, table.c.id))
    return {row.dedupe_key: row.id for row in made}


def _known(connection: Connection, source_name: str, keys: set[str]) -> dict[str, Any]:
    query = select(table.c.dedupe_key, table.c.id, table.c.digest)
    wanted = query.where(table.c.source == source_name, table.c.dedupe_key.in_(sorted(keys)))
    return {row.dedupe_key: row for row in connection.execute(wanted)} if keys else {}


def claim_fresh(connection: Connection, now: datetime, until: datetime, limit: int) -> list[Claimed]:
    """Claim up to ``limit`` items that nobody has tried, in the order they came."""
    return _claim(connection, table.c.attempts == 0, now, until, limit)


def claim_tried(connection: Connection, now: datetime, until: datetime) -> Claimed | None:
    """Claim one item that was tried before and is due again: by itself, so that it harms no other."""
    return next(iter(_claim(connection, table.c.attempts > 0, now, until, 1)), None)


def _claim(connection: Connection, which: Any, now: datetime, until: datetime, limit: int) -> list[Claimed]:
    paused = select(source.c.name).where(source.c.active.is_(False))
    due = (
        select(table)
        .where(which, table.c.state == State.WAITING, table.c.next_at <= now, table.c.source.not_in(paused))
        .order_by(table.c.next_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=table)
    )
    rows = connection.execute(due).all()
    if rows:
        claimed = update(table).where(table.c.id.in_([row.id for row in rows]))
        connection.execute(claimed.values(attempts=table.c.attempts + 1, next_at=until))
    return [
        Claimed(
            id=row.id,
            source=row.source,
            dedupe_key=row.dedupe_key,
            digest=row.digest,
            body=row.body,
            received_at=row.received_at,
            attempts=row.attempts,
        )
        for row in rows
    ]


def mark_decided(connection: Connection, decided: Sequence[tuple[int, str]], now: datetime) -> None:
    """Note the decision of each item, given as pairs of row and decision id. Again: no change."""
    if decided:
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("item"))
            .values(state=State.DECIDED, decision_id=bindparam("decided_as"), decided_at=now, problem=None),
            [{"item": row, "decided_as": decision_id} for row, decision_id in decided],
        )


def quarantine(connection: Connection, row: int, problem: str) -> None:
    """Set an item aside for a person, with the reason."""
    values = {"state": State.QUARANTINED, "problem": problem[:1000]}
    connection.execute(
        update(table).where(table.c.id == row, table.c.state == State.WAITING).values(**values)
    )


def postpone(connection: Connection, row: int, at: datetime) -> None:
    """Give a claimed item back, to be tried at ``at``; the attempt counts."""
    connection.execute(
        update(table).where(table.c.id == row, table.c.state == State.WAITING).values(next_at=at)
    )


def give_back(connection: Connection, rows: Sequence[int], at: datetime) -> None:
    """Give claimed items back as if they had not been tried: what failed was not their fault."""
    back = update(table).where(table.c.id.in_(rows), table.c.state == State.WAITING, table.c.attempts > 0)
    connection.execute(back.values(attempts=table.c.attempts - 1, next_at=at))


def end_claims(connection: Connection, now: datetime) -> None:
    """Make due at once what was claimed, for when nobody can be working on it."""
    claimed = update(table).where(table.c.state == State.WAITING, table.c.attempts > 0, table.c.next_at > now)
    connection.execute(claimed.values(next_at=now))


def page(
    connection: Connection, source_name: str, state: State | None, before: int | None, limit: int
) -> list[Entry]:
    """Up to ``limit`` items of a source, the newest first, with ids below ``before``."""
    query = select(table).where(table.c.source == source_name).order_by(table.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(table.c.state == state)
    if before is not None:
        query = query.where(table.c.id < before)
    return [_entry(row) for row in connection.execute(query)]


def retry(connection: Connection, source_name: str, row: int | None, now: datetime) -> int:
    """Have items of a source decided after all; how many there are.

    One that is quarantined or in conflict, or (None) every one that is
    quarantined. An item in conflict is then an event of its own.
    """
    states = (State.QUARANTINED,) if row is None else (State.QUARANTINED, State.CONFLICT)
    again = update(table).where(table.c.source == source_name, table.c.state.in_(states))
    if row is not None:
        again = again.where(table.c.id == row)
    return connection.execute(
        again.values(state=State.WAITING, attempts=0, next_at=now, problem=None)
    ).rowcount


def undecided(connection: Connection, source_name: str) -> int:
    """How many items of a source still wait to be decided."""
    query = select(func.count()).where(table.c.source == source_name, table.c.state == State.WAITING)
    return connection.execute(query).scalar_one()


def oldest_waiting(connection: Connection) -> datetime | None:
    """Since when the oldest item waits that is not decided; those of paused sources do not count."""
    paused = select(source.c.name).where(source.c.active.is_(False))
    query = select(func.min(table.c.received_at)).where(
        table.c.state == State.WAITING, table.c.source.not_in(paused)
    )
    return connection.execute(query).scalar()


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many items are in each state, by source and state; those decided are left out."""
    query = (
        select(table.c.source, table.c.state, func.count())
        .where(table.c.state.in_((State.WAITING, State.QUARANTINED, State.CONFLICT)))
        .group_by(table.c.source, table.c.state)
    )
    return {(name, state): count for name, state, count in connection.execute(query)}


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        source=row.source,
        dedupe_key=row.dedupe_key,
        state=State(row.state),
        received_at=row.received_at,
        attempts=row.attempts,
        notes=tuple(row.notes),
        problem=row.problem,
        decision_id=row.decision_id,
        decided_at=row.decided_at,
        body=row.body,
    )
