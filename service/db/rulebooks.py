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

from routing.rulebook import version_of
from service.db import approvals, changes
from service.db.once import insert_once
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


class DraftChanged(Exception):
    """The draft is not the one that was seen; ``etag`` is that of the present one."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


def live_version(connection: Connection) -> str | None:
    """The version that decides now, or None before the first publication. One row by its key."""
    return connection.execute(select(state.c.live).where(state.c.id == 1)).scalar()


def get(connection: Connection, version: str) -> StoredRulebook | None:
    """One version, or None."""
    row = connection.execute(select(rulebook).where(rulebook.c.version == version)).first()
    return (
        None if row is None else StoredRulebook(version=row.version, text=row.text, created_at=row.created_at)
    )


def astray(connection: Connection) -> list[str]:
    """The versions whose text is not what it was: a version is a hash of it."""
    rows = connection.execute(select(rulebook.c.version, rulebook.c.text))
    return [row.version for row in rows if version_of(row.text) != row.version]


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
    """Replace the draft. With another text ``author`` is one of its authors, and reviews of it are void."""
    if draft(connection, lock=True).text != text:
        approvals.wrote(connection, author, at)
    connection.execute(update(state).where(state.c.id == 1).values(draft=text, draft_by=author, draft_at=at))
    return draft(connection)


def drop_draft(connection: Connection, at: datetime) -> Draft:
    """Give up the draft: what is left is the live text."""
    _lock(connection)
    approvals.void(connection, at)
    _end_draft(connection, None)
    return draft(connection)


def keep(connection: Connection, text: str, *, at: datetime) -> str:
    """Store a text as a version, unless it is one already; the version. Raises VersionTaken."""
    version = version_of(text)
    insert_once(connection, rulebook, {"version": version, "text": text, "created_at": at})
    stored = get(connection, version)
    if stored is None or stored.text != text:
        raise VersionTaken(f"another text has the version {version}; change this one, be it in a comment")
    return version


def put_aside(connection: Connection, text: str, *, at: datetime) -> str:
    """Keep a text that is to go live later; a draft with this text ends. Raises VersionTaken."""
    _lock(connection)
    version = keep(connection, text, at=at)
    _end_draft(connection, text)
    return version


def publish(
    connection: Connection,
    text: str,
    *,
    author: str,
    reason: str | None,
    at: datetime,
    schedule_id: int | None = None,
) -> Publication:
    """Put a text live and say so in the list of publications.

    A draft with this text has become the live one and ends. Publishing what is
    live already changes nothing and returns the publication that put it there,
    so a call whose answer was lost may be made again. What people said about
    this revision of the draft, or about the schedule, is kept with the
    publication. Raises VersionTaken.
    """
    _lock(connection)
    if live_version(connection) == version_of(text):
        return publications(connection, limit=1)[0]
    seen = _draft(live=live_version(connection), text=text).etag
    version = keep(connection, text, at=at)
    changes.note(connection, "rulebook", "live", {"version": live_version(connection)}, {"version": version})
    said = {"version": version, "author": author, "reason": reason, "at": at}
    number = connection.execute(insert(publication).returning(publication.c.id), said).scalar_one()
    connection.execute(update(state).where(state.c.id == 1).values(live=version))
    approvals.publish(connection, number, etag=seen, schedule_id=schedule_id)
    _end_draft(connection, text)
    return Publication(id=number, version=version, author=author, reason=reason, at=at)


def _end_draft(connection: Connection, text: str | None) -> None:
    """End the draft; with ``text`` only one that says this."""
    this = (state.c.id == 1,) if text is None else (state.c.id == 1, state.c.draft == text)
    none = {"draft": None, "draft_by": None, "draft_at": None}
    if connection.execute(update(state).where(*this).values(**none)).rowcount:
        approvals.ended(connection)


def _lock(connection: Connection) -> None:
    """Wait for, and keep out, every other change of the pointer or the draft."""
    insert_once(connection, state, {"id": 1})
    connection.execute(select(state.c.id).where(state.c.id == 1).with_for_update())


def _draft(*, live: str | None, text: str, author: str | None = None, at: datetime | None = None) -> Draft:
    etag = hashlib.sha256(f"{live or ''}\n{text}".encode()).hexdigest()[:32]
    return Draft(text=text, etag=etag, live=live, author=author, at=at)


def _publication(row: Row[Any]) -> Publication:
    return Publication(id=row.id, version=row.version, author=row.author, reason=row.reason, at=row.at)
