"""Publishing a rulebook: examined aside, then swapped in one transaction; and taking it back.

A text goes live only when nothing is wrong with it: it compiles, its tests
pass, and the reps and pools it names exist. Examining is pure and happens
before anything is locked; the swap then makes sure that what goes live is what
was examined.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.compiled import Directory
from routing.lint import lint
from routing.problems import Problem, RulebookInvalid
from routing.rulebook import parse, version_of
from routing.testing import TestResult, TestStatus, run_tests
from service.db import rulebooks
from service.db.directory import directory
from service.db.engine import Database
from service.db.rulebooks import DraftChanged, Publication
from service.rulebook import approval
from service.rulebook.approval import NotApproved
from service.rulebooks import FILE, compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found out about a text.

    ``findings`` are what it may not mean to say; they keep it from nothing.
    ``tests`` and ``findings`` are empty where problems keep them from being made.
    """

    version: str
    problems: tuple[Problem, ...]
    findings: tuple[Problem, ...]
    tests: tuple[TestResult, ...]

    @property
    def failures(self) -> tuple[TestResult, ...]:
        """The tests that did not pass."""
        return tuple(test for test in self.tests if test.status is not TestStatus.PASSED)

    @property
    def good(self) -> bool:
        """Whether the text may go live."""
        return not self.problems and not self.failures


class NotPublishable(Exception):
    """A text that may not go live; ``examination`` says why."""

    def __init__(self, examination: Examination) -> None:
        super().__init__(f"the rulebook {examination.version} may not go live")
        self.examination = examination


class NothingToRollBackTo(LookupError):
    """No version is meant: there is none before the live one, or none, or several, begin as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """What went live again, and what would keep it from being published anew today."""

    publication: Publication
    warnings: Examination


def examine(
    text: str,
    now: datetime,
    *,
    file: str = FILE,
    known: Directory | None = None,
    test: bool = True,
    reason: bool = True,
) -> Examination:
    """Read and compile a text, lint it as it stands at ``now``, and run its tests, unless told otherwise.

    Without ``reason`` it is not linted: findings keep a text from nothing, and take their time.

    With ``known``, the reps, pools and roles it names must exist.
    """
    version = version_of(text)
    try:
        rulebook = parse(text, file, known)
    except RulebookInvalid as invalid:
        return Examination(version=version, problems=invalid.problems, findings=(), tests=())
    return Examination(
        version=version,
        problems=(),
        findings=lint(rulebook, now, known) if reason else (),
        tests=run_tests(rulebook) if test else (),
    )


def publish(
    database: Database,
    text: str,
    *,
    author: str,
    reason: str | None,
    now: datetime,
    file: str = FILE,
    four_eyes: bool = False,
) -> Publication:
    """Put a text live. Raises NotPublishable or VersionTaken; then nothing has changed.

    With ``four_eyes`` the text must be the draft, and approved, or NotApproved is raised.
    """
    _examine_for_publishing(database, text, now, file)

    def swap(connection: Connection) -> Publication:
        draft = rulebooks.draft(connection, lock=True)
        if four_eyes and draft.live != version_of(text):
            if draft.author is None or draft.text != text:
                raise NotApproved("Save the text as the draft first, and have somebody else approve it")
            approval.demand(connection, draft.etag, four_eyes=True)
        return rulebooks.publish(connection, text, author=author, reason=reason, at=now)

    return database.transact(swap)


def publish_draft(
    database: Database, etag: str, *, author: str, reason: str | None, now: datetime, four_eyes: bool = False
) -> Publication:
    """Put the draft live, if it still is the one with ``etag``.

    Raises DraftChanged, NotPublishable, NotApproved or VersionTaken; then nothing has changed.
    """
    with database.read() as connection:
        seen = rulebooks.draft(connection)
    if seen.etag != etag:
        raise DraftChanged(seen.etag)
    _examine_for_publishing(database, seen.text, now, FILE)

    def swap(connection: Connection) -> Publication:
        present = rulebooks.draft(connection, lock=True)
        if rulebooks.live_version(connection) != version_of(seen.text):
            if present.etag != etag:
                raise DraftChanged(present.etag)
            approval.demand(connection, etag, four_eyes=four_eyes)
        return rulebooks.publish(connection, seen.text, author=author, reason=reason, at=now)

    return database.transact(swap)


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
    return RolledBack(publication=publication, warnings=examine(text, now, known=known))


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


def refusals(examination: Examination) -> list[str]:
    """Why a text may not go live, a sentence for each fault and each test that does not pass."""
    faults = [f"Line {fault.line}: {fault.message}" for fault in examination.problems]
    failed = [f"The test '{test.name}' fails: {'; '.join(test.differences)}" for test in examination.failures]
    return faults + failed


def _examine_for_publishing(database: Database, text: str, now: datetime, file: str) -> None:
    with database.read() as connection:
        known = directory(connection)
    examination = examine(text, now, file=file, known=known, reason=False)
    if not examination.good:
        raise NotPublishable(examination)
    compiled(text)  # so that this process decides under it without a pause
