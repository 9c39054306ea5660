"""What people said about a draft, and who wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from service.db.once import insert_once
from service.db.tables import draft_author
from service.db.tables import rulebook_review as table


class Verdict(StrEnum):
    """What a person thinks of a draft. The latest word of each person counts."""

    APPROVED = "approved"
    OBJECTED = "objected"  # it should not go live as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a person said about one revision of the draft. An edit afterwards voids it."""

    id: int
    version: str
    reviewer: str
    verdict: Verdict
    comment: str | None
    at: datetime
    voided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A review about to be stored."""

    etag: str
    version: str
    reviewer: str
    verdict: Verdict
    comment: str | None
    at: datetime


def authors(connection: Connection) -> tuple[str, ...]:
    """Everyone who saved the present draft since it was begun, in the order they came."""
    query = select(draft_author.c.name).order_by(draft_author.c.at, draft_author.c.name)
    return tuple(connection.execute(query).scalars())


def wrote(connection: Connection, name: str, at: datetime) -> None:
    """Note that somebody saved the draft with another text: what was said about it is void."""
    insert_once(connection, draft_author, {"name": name, "at": at})
    void(connection, at)


def ended(connection: Connection) -> None:
    """Forget who wrote the draft: it went live, waits for its time, or was given up."""
    connection.execute(delete(draft_author))


def void(connection: Connection, at: datetime) -> None:
    """What was said about the draft so far holds no longer."""
    connection.execute(update(table).where(*_open()).values(voided_at=at))


def add(connection: Connection, said: Said) -> Review:
    """Store what a person said."""
    values = {
        "etag": said.etag,
        "version": said.version,
        "reviewer": said.reviewer,
        "verdict": said.verdict,
        "comment": said.comment,
        "at": said.at,
    }
    row = connection.execute(insert(table).values(**values).returning(table)).one()
    return _review(row)


def of_draft(connection: Connection, etag: str) -> list[Review]:
    """What was said about this revision of the draft and holds, the oldest first."""
    query = select(table).where(*_open(), table.c.etag == etag).order_by(table.c.id)
    return [_review(row) for row in connection.execute(query)]


def schedule(connection: Connection, etag: str, schedule_id: int) -> None:
    """Let what was said about this revision go along with its schedule."""
    connection.execute(update(table).where(*_open(), table.c.etag == etag).values(schedule_id=schedule_id))


def publish(connection: Connection, publication_id: int, *, etag: str, schedule_id: int | None) -> None:
    """Keep what was said with the publication that it led to."""
    ours = table.c.schedule_id == schedule_id if schedule_id is not None else table.c.etag == etag
    waiting = (table.c.voided_at.is_(None), table.c.publication_id.is_(None))
    connection.execute(update(table).where(*waiting, ours).values(publication_id=publication_id))


def of_publications(connection: Connection, ids: Sequence[int]) -> dict[int, list[Review]]:
    """What was said of each publication before it, the oldest first."""
    return _by(connection, table.c.publication_id, ids)


def of_schedules(connection: Connection, ids: Sequence[int]) -> dict[int, list[Review]]:
    """What was said of each scheduled version, the oldest first."""
    return _by(connection, table.c.schedule_id, ids)


def _by(connection: Connection, column: Any, ids: Sequence[int]) -> dict[int, list[Review]]:
    found: dict[int, list[Review]] = {}
    query = select(table, column.label("of")).where(column.in_(ids)).order_by(table.c.id)
    for row in connection.execute(query):
        found.setdefault(row.of, []).append(_review(row))
    return found


def _open() -> tuple[Any, ...]:
    return (table.c.voided_at.is_(None), table.c.publication_id.is_(None), table.c.schedule_id.is_(None))


def _review(row: Row[Any]) -> Review:
    return Review(
        id=row.id,
        version=row.version,
        reviewer=row.reviewer,
        verdict=Verdict(row.verdict),
        comment=row.comment,
        at=row.at,
        voided_at=row.voided_at,
    )
