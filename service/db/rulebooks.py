"""Rulebooks: immutable versions, who put which one live and why, and the one draft.

A version is a hash of its text, so equal texts are one version and a version
never changes. What is live is one pointer in one row. Every change of
the pointer or of the draft locks that row first, so changes take turns, and
is over when its transaction is: there is no moment with half of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from routing.rulebook import version_of
from service.db.tables import publication, rulebook
from service.db.tables import rulebook_state as state


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRulebook:
    """The text of one version. ``created_at`` is when that text was first published."""

    version: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One time that a version was put live: by whom, why and when. ``id`` grows with time."""

    id: int
    version: str
    author: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The text that would be published next.

    Where nobody has begun one, the draft is the live text, empty when nothing
    is live yet; ``author`` and ``at`` are then None. ``etag`` changes with the
    text and with what is live, for a draft is read as a change of the live
    rulebook: when that moves, whoever saw the draft has not seen this change.
    """

    text: str
    etag: str
    live: str | None
    author: str | None
    at: datetime | None


class VersionTaken(ValueError):
    """Two texts have one version: 48 bits of a hash were not enough to tell them apart."""


def live_version(connection: Connection) -> str | None:
    """The version that decides now, or None before the first publication. One row by its key."""
    return connection.execute(select(state.c.live).where(state.c.id == 1)).scalar()


def get(connection: Connection, version: str) -> StoredRulebook | None:
    """One version, or None."""
    row = connection.execute(select(rulebook).where(rulebook.c.version == version)).first()
    return (
        None if row is None else StoredRulebook(version=row.version, text=row.text, created_at=row.created_at)
    )


def find(connection: Connection, prefix: str) -> list[str]:
    """The versions that begin with ``prefix``, at most two: one is the answer, two are a question."""
    wanted = select(rulebook.c.version).where(rulebook.c.version.startswith(prefix, autoescape=True))
    return list(connection.execute(wanted.order_by(rulebook.c.version).limit(2)).scalars())


def publications(connection: Connection, *, before: int | None = None, limit: int) -> list[Publication]:
    """Up to ``limit`` publications, newest first; with ``before`` those older than that id.

    Ids follow the order of publications, for each is written under the lock of
    the one state row.
    """
    query = select(publication).order_by(publication.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(publication.c.id < before)
    return [_publication(row) for row in connection.execute(query)]


def previous(connection: Connection) -> str | None:
    """The version to go back to: the one the live version replaced, or None.

    Going back again goes further back, never forward to what was rolled back:
    putting an earlier version live drops those that came after it.
    """
    line: list[str] = []
    for version in connection.execute(select(publication.c.version).order_by(publication.c.id)).scalars():
        if version in line:
            del line[line.index(version) + 1 :]
        else:
            line.append(version)
    return line[-2] if len(line) > 1 else None


def draft(connection: Connection, *, lock: bool = False) -> Draft:
    """The draft; with ``lock`` neither it nor what is live changes before this transaction ends."""
    if lock:
        _lock(connection)
    row = connection.execute(select(state).where(state.c.id == 1)).first()
    if row is None:
        return _draft(live=None, text="")
    if row.draft is not None:
        return _draft(live=row.live, text=row.draft, author=row.draft_by, at=row.draft_at)
    live = get(connection, row.live) if row.live is not None else None
    return _draft(live=row.live, text=live.text if live else "")


def save_draft(connection: Connection, text: str, *, author: str, at: datetime) -> Draft:
    """Replace the draft."""
    _lock(connection)
    connection.execute(update(state).where(state.c.id == 1).values(draft=text, draft_by=author, draft_at=at))
    return draft(connection)


def drop_draft(connection: Connection) -> Draft:
    """Give up the draft: what is left is the live text."""
    _lock(connection)
    connection.execute(update(state).where(state.c.id == 1).values(draft=None, draft_by=None, draft_at=None))
    return draft(connection)


def publish(
    connection: Connection, text: str, *, author: str, reason: str | None, at: datetime
) -> Publication:
    """Put a text live and say so in the list of publications.

    A draft with this text has become the live one and ends. Publishing what is
    live already changes nothing and returns the publication that put it there,
    so a call whose answer was lost may be made again. Raises VersionTaken.
    """
    _lock(connection)
    version = version_of(text)
    if live_version(connection) == version:
        return publications(connection, limit=1)[0]
    _insert_once(connection, rulebook, {"version": version, "text": text, "created_at": at})
    stored = get(connection, version)
    if stored is None or stored.text != text:
        raise VersionTaken(f"another text has the version {version}; change this one, be it in a comment")
    said = {"version": version, "author": author, "reason": reason, "at": at}
    number = connection.execute(insert(publication).returning(publication.c.id), said).scalar_one()
    connection.execute(update(state).where(state.c.id == 1).values(live=version))
    ended = update(state).where(state.c.id == 1, state.c.draft == text)
    connection.execute(ended.values(draft=None, draft_by=None, draft_at=None))
    return Publication(id=number, version=version, author=author, reason=reason, at=at)


def _lock(connection: Connection) -> None:
    """Wait for, and keep out, every other change of the pointer or the draft."""
    _insert_once(connection, state, {"id": 1})
    connection.execute(select(state.c.id).where(state.c.id == 1).with_for_update())


def _insert_once(connection: Connection, table: Any, values: dict[str, Any]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing())


def _draft(*, live: str | None, text: str, author: str | None = None, at: datetime | None = None) -> Draft:
    etag = hashlib.sha256(f"{live or ''}\n{text}".encode()).hexdigest()[:32]
    return Draft(text=text, etag=etag, live=live, author=author, at=at)


def _publication(row: Row[Any]) -> Publication:
    return Publication(id=row.id, version=row.version, author=row.author, reason=row.reason, at=row.at)
