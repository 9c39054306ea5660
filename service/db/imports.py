"""Imports sent over HTTP: kept whole until a worker has stored them, with how far they have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select, update

from service.db.tables import import_run as table

LEASE = timedelta(minutes=5)
KEPT = timedelta(days=1)
"""How long a proposed file waits for somebody's word."""
MAX_ERRORS = 1000
"""Errors that are kept of one import; all of them are counted."""


class State(StrEnum):
    """How far an import is."""

    PROPOSED = "proposed"  # looked at in the console; nobody has said yet that it should be stored
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # the file could not be read to its end; what went in before stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """What is wrong with one row. With ``left_out`` the row went in without that cell."""

    line: int
    column: str | None
    problem: str
    left_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import has come, in rows."""

    rows: int = 0
    stored: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One import: what it is, how far it has come, what is wrong with its rows."""

    id: str
    kind: str
    state: State
    rows: int
    stored: int
    refused: int
    notes: Sequence[str]
    errors: Sequence[Error]
    problem: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A file as it was sent: one that this worker stores now, or one that is proposed."""

    id: str
    kind: str
    media_type: str
    body: bytes


def add(
    connection: Connection,
    run_id: str,
    kind: str,
    media_type: str,
    body: bytes,
    now: datetime,
    state: State = State.WAITING,
) -> None:
    """Keep a file until a worker stores it; a proposed one until somebody says that it should be."""
    connection.execute(
        insert(table).values(
            id=run_id,
            kind=kind,
            state=state,
            body=body,
            media_type=media_type,
            **asdict(Progress()),
            notes=[],
            errors=[],
            created_at=now,
        )
    )


def get(connection: Connection, run_id: str) -> ImportRun | None:
    """One import, or None."""
    row = connection.execute(select(*_shown()).where(table.c.id == run_id)).first()
    return None if row is None else _run(row)


def newest(connection: Connection, limit: int) -> list[ImportRun]:
    """The newest imports."""
    query = select(*_shown()).order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
    return [_run(row) for row in connection.execute(query)]


def proposed(connection: Connection, run_id: str) -> Claimed | None:
    """The file that is proposed under an id, or None."""
    row = connection.execute(
        select(table.c.id, table.c.kind, table.c.media_type, table.c.body).where(*_still_proposed(run_id))
    ).first()
    return None if row is None else Claimed(**row._mapping)


def revise(connection: Connection, run_id: str, media_type: str, body: bytes) -> bool:
    """Keep other words of a proposed file with it; False when it is not proposed any more."""
    changed = update(table).where(*_still_proposed(run_id)).values(media_type=media_type, body=body)
    return connection.execute(changed).rowcount == 1


def start(connection: Connection, run_id: str) -> bool:
    """Have a proposed file stored; False when it is not proposed any more."""
    changed = update(table).where(*_still_proposed(run_id)).values(state=State.WAITING)
    return connection.execute(changed).rowcount == 1


def drop(connection: Connection, run_id: str) -> bool:
    """Forget a proposed file; False when it is not proposed any more."""
    return connection.execute(delete(table).where(*_still_proposed(run_id))).rowcount == 1


def forget(connection: Connection, now: datetime) -> None:
    """Forget proposed files that nobody said a word about."""
    old = (table.c.state == State.PROPOSED, table.c.created_at < now - KEPT)
    connection.execute(delete(table).where(*old))


def _still_proposed(run_id: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.id == run_id, table.c.state == State.PROPOSED


def claim(connection: Connection, now: datetime) -> Claimed | None:
    """Take the oldest import that nobody runs, or whose worker is gone; None when there is none."""
    abandoned = and_(table.c.state == State.RUNNING, table.c.lease_until < now)
    row = connection.execute(
        select(table.c.id, table.c.kind, table.c.media_type, table.c.body)
        .where(or_(table.c.state == State.WAITING, abandoned))
        .order_by(table.c.created_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    _change(connection, row.id, state=State.RUNNING, lease_until=now + LEASE, **asdict(Progress()), errors=[])
    return Claimed(id=row.id, kind=row.kind, media_type=row.media_type, body=row.body)


def advance(
    connection: Connection,
    run_id: str,
    progress: Progress,
    notes: Sequence[str],
    errors: Sequence[Error],
    now: datetime,
) -> None:
    """Note how far a claimed import has come, and hold on to it."""
    kept = [asdict(error) for error in errors[:MAX_ERRORS]]
    _change(connection, run_id, **asdict(progress), notes=list(notes), errors=kept, lease_until=now + LEASE)


def finish(connection: Connection, run_id: str, problem: str | None, now: datetime) -> None:
    """End an import; its file is not kept."""
    state = State.FAILED if problem else State.DONE
    _change(connection, run_id, state=state, problem=problem, body=None, lease_until=None, finished_at=now)


def _change(connection: Connection, run_id: str, **values: Any) -> None:
    connection.execute(update(table).where(table.c.id == run_id).values(**values))


def _shown() -> list[Any]:
    return [column for column in table.c if column.name not in ("body", "media_type", "lease_until")]


def _run(row: Row[Any]) -> ImportRun:
    plain = dict(row._mapping)
    return ImportRun(
        **plain | {"state": State(plain["state"]), "errors": [Error(**each) for each in plain["errors"]]}
    )
