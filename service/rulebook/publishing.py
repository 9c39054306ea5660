"""Publishing a rulebook: examined aside, then swapped in one transaction; and taking it back.

A text goes live only when nothing is wrong with it (`service.rulebook.examination`).
Examining happens before anything is locked; the swap then makes sure that what
goes live is what was examined.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.rulebook import version_of
from service.db import rulebooks
from service.db.directory import directory
from service.db.engine import Database
from service.db.rulebooks import DraftChanged, Publication
from service.rulebook import approval
from service.rulebook.approval import NotApproved
from service.rulebook.examination import Examination, demand_good
from service.rulebook.going_back import warnings_about
from service.rulebook.live import FILE, compiled


class NothingToRollBackTo(LookupError):
    """No version is meant: there is none before the live one, or none, or several, begin as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What went live, and what was found out about it."""

    publication: Publication
    examination: Examination


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """What went live again, and what would keep it from being published anew today."""

    publication: Publication
    warnings: Examination


def publish(
    database: Database,
    text: str,
    *,
    author: str,
    reason: str | None,
    now: datetime,
    file: str = FILE,
    four_eyes: bool = False,
    patient: bool = False,
) -> Published:
    """Put a text live. Raises NotPublishable, StillReasoning or VersionTaken; then nothing has changed.

    With ``four_eyes`` the text must be the draft, and approved, or NotApproved is raised. Who is ``patient``
    waits for lint.
    """
    examination = demand_good(database, text, now, file, patient=patient)
    compiled(text)  # so that this process decides under it without a pause

    def swap(connection: Connection) -> Publication:
        draft = rulebooks.draft(connection, lock=True)
        if four_eyes and draft.live != version_of(text):
            if draft.author is None or draft.text != text:
                raise NotApproved("Save the text as the draft first, and have somebody else approve it")
            approval.demand(connection, draft.etag, four_eyes=True)
        return rulebooks.publish(connection, text, author=author, reason=reason, at=now)

    return Published(publication=database.transact(swap), examination=examination)


def publish_draft(
    database: Database,
    etag: str,
    *,
    author: str,
    reason: str | None,
    now: datetime,
    four_eyes: bool = False,
    patient: bool = False,
) -> Published:
    """Put the draft live, if it still is the one with ``etag``.

    Raises DraftChanged, NotPublishable, StillReasoning, NotApproved or VersionTaken; then nothing
    has changed.
    """
    with database.read() as connection:
        seen = rulebooks.draft(connection)
    if seen.etag != etag:
        raise DraftChanged(seen.etag)
    examination = demand_good(database, seen.text, now, patient=patient)
    compiled(seen.text)  # so that this process decides under it without a pause

    def swap(connection: Connection) -> Publication:
        present = rulebooks.draft(connection, lock=True)
        if rulebooks.live_version(connection) != version_of(seen.text):
            if present.etag != etag:
                raise DraftChanged(present.etag)
            approval.demand(connection, etag, four_eyes=four_eyes)
        return rulebooks.publish(connection, seen.text, author=author, reason=reason, at=now)

    return Published(publication=database.transact(swap), examination=examination)


def roll_back(
    database: Database, version: str | None, *, author: str, reason: str | None, now: datetime
) -> RolledBack:
    """Put an earlier version live again: the one before, or the one that begins with ``version``.

    Raises NothingToRollBackTo, and RulebookInvalid for one that cannot be compiled any more.
    """
    with database.read() as connection:
        before = rulebooks.live_version(connection)
        text = _meant(connection, version)
        known = directory(connection)
    compiled(text)

    def swap(connection: Connection) -> Publication:
        live = rulebooks.draft(connection, lock=True).live
        if live not in (before, version_of(text)):
            raise NothingToRollBackTo("Another version went live meanwhile; look at it first")
        return rulebooks.publish(connection, text, author=author, reason=reason, at=now)

    publication = database.transact(swap)
    return RolledBack(publication=publication, warnings=warnings_about(text, known, now))


def would_roll_back(database: Database, version: str | None, now: datetime) -> tuple[str, Examination]:
    """The text that `roll_back` would put live, and what would keep it from being published anew today.

    Raises as `roll_back`.
    """
    with database.read() as connection:
        text = _meant(connection, version)
        known = directory(connection)
    return text, warnings_about(text, known, now)


def _meant(connection: Connection, version: str | None) -> str:
    """The text of the version that is to be live again."""
    if version is not None:
        found = rulebooks.find(connection, version)
        if len(found) != 1:
            problem = "No version begins" if not found else "More than one version begins"
            raise NothingToRollBackTo(f"{problem} with what was given; see the list of versions")
        wanted = found[0]
    elif (previous := rulebooks.previous(connection)) is not None:
        wanted = previous
    else:
        raise NothingToRollBackTo("No version was live before this one; name the version to go back to")
    stored = rulebooks.get(connection, wanted)
    assert stored is not None, "versions are never deleted"
    return stored.text
