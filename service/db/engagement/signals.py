"""Signals, one row each: stored once by their source's id, listed, and put on accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db.tables import signal as table

AT_ONCE = 200
"""Names of one statement: SQLite takes some 32,000 values."""


class Placed(StrEnum):
    """Whose a signal is, as far as is known."""

    MATCHED = "matched"  # the matcher is sure
    BY_HAND = "by_hand"  # a person said so
    REVIEW = "review"  # the matcher cannot choose, or is not sure
    UNMATCHED = "unmatched"  # nothing fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """An account that a signal may be of, and how probable that is, 0 to 1."""

    account: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A signal as stored. ``weight`` is in thousandths; ``id`` is 0 until it is stored.

    ``said`` is what it says of its account, by the names of `service.engagement.records`.
    """

    id: int = 0
    source: str
    external_id: str
    kind: str
    at: datetime
    weight: int
    score: float | None
    topic: str | None
    stage: str | None
    campaign: str | None
    person: str | None
    contact: str | None
    email: str | None
    said: dict[str, Any]
    account: str | None
    outcome: Placed
    likely: tuple[Likely, ...] = field(default=())
    placed_by: str | None = None
    placed_at: datetime | None = None
    tried_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which signals to list; None: any."""

    account: str | None = None
    kind: str | None = None
    source: str | None = None
    person: str | None = None
    unplaced: bool = False
    since: datetime | None = None
    until: datetime | None = None


def known(connection: Connection, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the signals, by source and id, that are stored."""
    found: set[tuple[str, str]] = set()
    ordered = sorted(names)
    for start in range(0, len(ordered), AT_ONCE):
        some = ordered[start : start + AT_ONCE]
        query = select(table.c.source, table.c.external_id)
        found |= {
            (row.source, row.external_id)
            for row in connection.execute(query.where(tuple_(table.c.source, table.c.external_id).in_(some)))
        }
    return found


def add(connection: Connection, signals: Sequence[Signal]) -> list[Signal]:
    """Store signals; those that were new, as stored. One of a source's id that is there changes nothing."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    by_name = {(each.source, each.external_id): each for each in signals}
    rows = [
        _columns(by_name[name]) for name in sorted(by_name)
    ]  # one order for all: nobody waits in a circle
    made = dialect.insert(table).on_conflict_do_nothing().returning(table)
    stored = [_signal(row) for row in connection.execute(made, rows)] if rows else []
    return sorted(stored, key=lambda each: each.id)


def remove(connection: Connection, names: Collection[tuple[str, str]]) -> list[Signal]:
    """Delete signals by source and id; those that there were, as they stood."""
    found: list[Signal] = []
    ordered = sorted(set(names))
    for start in range(0, len(ordered), AT_ONCE):
        some = tuple_(table.c.source, table.c.external_id).in_(ordered[start : start + AT_ONCE])
        found += [_signal(row) for row in connection.execute(delete(table).where(some).returning(table))]
    return sorted(found, key=lambda each: each.id)


def get(connection: Connection, row: int, *, lock: bool = False) -> Signal | None:
    """One signal."""
    query = select(table).where(table.c.id == row)
    found = connection.execute(query.with_for_update() if lock else query).first()
    return None if found is None else _signal(found)


def page(connection: Connection, wanted: Wanted, *, before: int | None, limit: int) -> list[Signal]:
    """Signals, those that came last first, from behind the row ``before``."""
    query = select(table)
    for name in ("account", "kind", "source", "person"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(table.c[name] == value)
    if wanted.unplaced:
        query = query.where(table.c.account.is_(None))
    if wanted.since is not None:
        query = query.where(table.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(table.c.at < wanted.until)
    if before is not None:
        query = query.where(table.c.id < before)
    return [_signal(row) for row in connection.execute(query.order_by(table.c.id.desc()).limit(limit))]


def newest(connection: Connection, account: str, limit: int) -> list[Signal]:
    """The newest signals of an account, by when they happened."""
    query = select(table).where(table.c.account == account)
    rows = connection.execute(query.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit))
    return [_signal(row) for row in rows]


def count_unplaced(connection: Connection) -> int:
    """How many signals are on no account."""
    return int(
        connection.execute(
            select(func.count()).select_from(table).where(table.c.account.is_(None))
        ).scalar_one()
    )


def untried(connection: Connection, before: datetime, limit: int) -> list[Signal]:
    """Signals on no account that were matched last before a moment, the longest ago first; locked."""
    query = select(table).where(table.c.account.is_(None), table.c.tried_at < before)
    waiting = query.order_by(table.c.tried_at, table.c.id).limit(limit)
    return [_signal(row) for row in connection.execute(waiting.with_for_update(skip_locked=True))]


def place(
    connection: Connection,
    row: int,
    *,
    account: str | None,
    outcome: Placed,
    likely: Sequence[Likely] = (),
    by: str | None = None,
    now: datetime,
) -> None:
    """Say whose a signal is. ``by``: the person who says so; None: the matcher."""
    connection.execute(
        update(table)
        .where(table.c.id == row)
        .values(
            account=account,
            outcome=outcome,
            likely=_likely(likely),
            placed_by=by,
            placed_at=now if account is not None else None,
            tried_at=now,
        )
    )


def _columns(each: Signal) -> dict[str, Any]:
    names = (column.name for column in table.c if column.name not in ("id", "likely"))
    return {**{name: getattr(each, name) for name in names}, "likely": _likely(each.likely)}


def _likely(likely: Sequence[Likely]) -> list[dict[str, Any]] | None:
    return [{"account": each.account, "score": each.score} for each in likely] or None


def _signal(row: Row[Any]) -> Signal:
    said = dict(row._mapping)
    return Signal(
        **{
            **said,
            "outcome": Placed(row.outcome),
            "likely": tuple(Likely(**each) for each in row.likely or ()),
        }
    )
