"""The inbox: what was received and acknowledged, until it is decided.

An item is known by its source and dedupe key for ever: whatever comes again
under the same key is the same event. A worker claims rows by moving their
``next_at`` to the end of its claim and counting the attempt, in a transaction
of its own, before it works on them. So an item that kills whoever touches it
is seen to have been tried, and what a dead worker had is due again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db import event_keys
from service.db.tables import inbox as table
from service.db.tables import source

_OTHER_BODY = "another body came before under the same key; that one stands"


class State(StrEnum):
    """Where an item is on its way."""

    WAITING = "waiting"  # to be decided
    DECIDED = "decided"  # there is a decision
    FETCHING = "fetching"  # names a record that is being got from the CRM
    APPLIED = "applied"  # what it says of an account, or of what was done, is known
    IGNORED = "ignored"  # says nothing that we keep; the problem says why
    QUARANTINED = "quarantined"  # cannot be mapped or decided; waits for a person
    CONFLICT = "conflict"  # came under a key that another body had before; kept to be seen
    ERASED = "erased"  # had not been decided when the data of the person in it were erased, or came after


class Result(StrEnum):
    """What became of an item that came in."""

    ACCEPTED = "accepted"  # kept, and will be decided
    DUPLICATE = "duplicate"  # the same came before
    CONFLICT = "conflict"  # another body came before under the same key; that one stands
    IGNORED = "ignored"  # kept, and nothing follows from it
    QUARANTINED = "quarantined"  # kept, but cannot be decided as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a webhook call, ready to be kept. With a ``problem`` it goes to quarantine.

    ``ignored``: nothing follows from it, and the problem is why.
    """

    dedupe_key: str
    digest: str
    body: bytes
    notes: tuple[dict[str, str], ...]
    problem: str | None
    ignored: bool = False


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
    record: bytes | None = None  # what the CRM has of it, where that had to be asked for


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
    record: bytes | None = None


def receive(connection: Connection, source_name: str, items: Sequence[Item], now: datetime) -> list[Received]:
    """Keep what has not come before; what became of each item, in the order given."""
    items = _without_erased(connection, source_name, items)
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
            results.append(Received(id=kept[item.dedupe_key], result=_result(item)))
        elif known[item.dedupe_key].digest == item.digest:
            results.append(Received(id=known[item.dedupe_key].id, result=Result.DUPLICATE))
        else:
            results.append(Received(id=aside[_beside(item)], result=Result.CONFLICT))
    return results


def _without_erased(connection: Connection, source_name: str, items: Sequence[Item]) -> list[Item]:
    """The items; of one whose key an erasure hid there is left what tells that it came before."""
    plain = event_keys.by_hidden(connection, [item.dedupe_key for item in items])
    query = select(table.c.dedupe_key)
    query = query.where(table.c.source == source_name, table.c.dedupe_key.in_(sorted(plain)))
    hidden = {plain[key]: key for key in connection.execute(query).scalars()} if plain else {}
    return [
        replace(item, dedupe_key=hidden[item.dedupe_key], body=b"", notes=())
        if item.dedupe_key in hidden
        else item
        for item in items
    ]


def _result(item: Item) -> Result:
    if item.ignored:
        return Result.IGNORED
    return Result.QUARANTINED if item.problem else Result.ACCEPTED


_STATES = {
    Result.IGNORED: State.IGNORED,
    Result.QUARANTINED: State.QUARANTINED,
    Result.ACCEPTED: State.WAITING,
}


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
        state = State.CONFLICT if row["body"] else State.ERASED
        row |= {"dedupe_key": key, "state": state, "problem": _OTHER_BODY}
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
        "state": _STATES[_result(item)],
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
    return _claim(connection, State.WAITING, table.c.attempts == 0, now, until, limit)


def claim_tried(connection: Connection, now: datetime, until: datetime) -> Claimed | None:
    """Claim one item that was tried before and is due again: by itself, so that it harms no other."""
    return next(iter(_claim(connection, State.WAITING, table.c.attempts > 0, now, until, 1)), None)


def claim_fetching(connection: Connection, now: datetime, until: datetime, limit: int) -> list[Claimed]:
    """Claim up to ``limit`` items whose record is to be got from the CRM."""
    return _claim(connection, State.FETCHING, table.c.id > 0, now, until, limit)


def _claim(
    connection: Connection, state: State, which: Any, now: datetime, until: datetime, limit: int
) -> list[Claimed]:
    paused = select(source.c.name).where(source.c.active.is_(False))
    due = (
        select(table)
        .where(which, table.c.state == state, table.c.next_at <= now, table.c.source.not_in(paused))
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
            record=row.record,
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


def mark_applied(connection: Connection, row: int, now: datetime) -> None:
    """Note that what an item says of an account or of what was done is known now."""
    _end(connection, row, {"state": State.APPLIED, "decided_at": now, "problem": None})


def ignore(connection: Connection, row: int, problem: str, now: datetime) -> None:
    """Note that nothing follows from an item, and why."""
    _end(connection, row, {"state": State.IGNORED, "decided_at": now, "problem": problem[:1000]})


def quarantine(connection: Connection, row: int, problem: str) -> None:
    """Set an item aside for a person, with the reason."""
    _end(connection, row, {"state": State.QUARANTINED, "problem": problem[:1000]})


def _end(connection: Connection, row: int, values: dict[str, Any]) -> None:
    open_still = table.c.state.in_((State.WAITING, State.FETCHING))
    connection.execute(update(table).where(table.c.id == row, open_still).values(**values))


def ask_for(connection: Connection, row: int, now: datetime) -> None:
    """Have the record that an item names got from the CRM."""
    asked = update(table).where(table.c.id == row, table.c.state == State.WAITING)
    connection.execute(asked.values(state=State.FETCHING, attempts=0, next_at=now))


def complete(connection: Connection, records: Sequence[tuple[int, bytes]], now: datetime) -> None:
    """Put the CRM's records beside the items that name them, to be decided; pairs of row and record."""
    if records:
        got = update(table).where(table.c.id == bindparam("item"), table.c.state == State.FETCHING)
        connection.execute(
            got.values(state=State.WAITING, attempts=0, next_at=now, problem=None, record=bindparam("got")),
            [{"item": row, "got": record} for row, record in records],
        )


def due_again(connection: Connection, rows: Sequence[int], at: datetime) -> None:
    """Give claimed items back whose record could not be got, to be tried at ``at``; the attempt counts."""
    mine = update(table).where(table.c.id.in_(rows), table.c.state == State.FETCHING)
    connection.execute(mine.values(next_at=at))


def hold_fetching(connection: Connection, source_name: str, at: datetime, problem: str) -> None:
    """Ask a source's CRM for nothing before ``at``: it cannot answer, or wants to be left alone."""
    fetching = update(table).where(
        table.c.source == source_name, table.c.state == State.FETCHING, table.c.next_at < at
    )
    connection.execute(fetching.values(next_at=at, problem=problem[:1000]))


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
    open_still = table.c.state.in_((State.WAITING, State.FETCHING))
    claimed = update(table).where(open_still, table.c.attempts > 0, table.c.next_at > now)
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

    One that is quarantined, ignored or in conflict, or (None) every one that
    is quarantined. An item in conflict is then an event of its own.
    """
    states = (State.QUARANTINED,)
    if row is not None:
        states = (State.QUARANTINED, State.CONFLICT, State.IGNORED)  # type: ignore[assignment]
    again = update(table).where(table.c.source == source_name, table.c.state.in_(states))
    if row is not None:
        again = again.where(table.c.id == row)
    return connection.execute(
        again.values(state=State.WAITING, attempts=0, next_at=now, problem=None, record=None)
    ).rowcount


def undecided(connection: Connection, source_name: str) -> int:
    """How many items of a source still wait to be decided."""
    waits = table.c.state.in_((State.WAITING, State.FETCHING))
    query = select(func.count()).where(table.c.source == source_name, waits)
    return connection.execute(query).scalar_one()


def oldest_waiting(connection: Connection) -> datetime | None:
    """Since when the oldest item waits that is not decided; those of paused sources do not count."""
    paused = select(source.c.name).where(source.c.active.is_(False))
    query = select(func.min(table.c.received_at)).where(
        table.c.state.in_((State.WAITING, State.FETCHING)), table.c.source.not_in(paused)
    )
    return connection.execute(query).scalar()


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many items are in each state, by source and state; those decided are left out."""
    query = (
        select(table.c.source, table.c.state, func.count())
        .where(table.c.state.in_((State.WAITING, State.FETCHING, State.QUARANTINED, State.CONFLICT)))
        .group_by(table.c.source, table.c.state)
    )
    return {(name, state): count for name, state, count in connection.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How a source does: when something last came, since when the oldest waits, how long the last took."""

    last_received: datetime | None
    oldest_waiting: datetime | None
    last_seconds: float | None


def lags(connection: Connection) -> dict[str, Lag]:
    """By source; those that never sent anything are not there."""
    waiting = table.c.state.in_((State.WAITING, State.FETCHING))
    query = select(
        table.c.source,
        func.max(table.c.received_at).label("last"),
        func.min(case((waiting, table.c.received_at))).label("oldest"),
        func.max(case((table.c.decided_at.is_not(None), table.c.id))).label("done"),
    ).group_by(table.c.source)
    rows = connection.execute(query).all()
    done = select(table.c.id, table.c.received_at, table.c.decided_at)
    took = {
        row.id: (row.decided_at - row.received_at).total_seconds()
        for row in connection.execute(done.where(table.c.id.in_([row.done for row in rows if row.done])))
    }
    return {
        row.source: Lag(last_received=row.last, oldest_waiting=row.oldest, last_seconds=took.get(row.done))
        for row in rows
    }


def one(connection: Connection, source_name: str, row: int) -> Entry | None:
    """One item of a source, or None."""
    found = connection.execute(select(table).where(table.c.source == source_name, table.c.id == row)).first()
    return None if found is None else _entry(found)


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
        record=row.record,
    )
