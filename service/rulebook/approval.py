"""Four eyes: a draft goes live only when somebody else than its authors has approved it.

Who somebody is, is the name of the key or the account they come with. Two names
that differ only in case or in surrounding blanks are one person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from routing.rulebook import version_of
from service.db import approvals, rulebooks
from service.db.approvals import Review, Said, Verdict
from service.db.engine import Database
from service.db.rulebooks import DraftChanged
from service.rulebook.examination import demand_good


class NotApproved(Exception):
    """The draft may not go live as things stand; the text says what it lacks."""


class OwnDraft(Exception):
    """Somebody who wrote the draft cannot approve it."""


class NothingToReview(LookupError):
    """Nobody has begun a draft."""


def lacking(reviews: Sequence[Review], authors: Collection[str], *, four_eyes: bool) -> str | None:
    """What keeps a draft from going live, given what was said about this very revision; None if nothing.

    The latest word of each person counts. An objection stands in the way also
    where no approval is asked for; with ``four_eyes`` one approval is needed by
    somebody who is none of the ``authors``.
    """
    latest = {_person(review.reviewer): review for review in reviews}
    objection = next((r for r in latest.values() if r.verdict is Verdict.OBJECTED), None)
    if objection is not None:
        why = f": {objection.comment}" if objection.comment else ""
        return f"{objection.reviewer} objected{why}"
    if not four_eyes:
        return None
    wrote = {_person(name) for name in authors}
    if any(person not in wrote for person in latest):
        return None
    who = ", ".join(authors) or "nobody on record"
    return f"Somebody other than its authors ({who}) must approve the draft first"


def demand(connection: Connection, etag: str, *, four_eyes: bool) -> None:
    """Raise NotApproved unless this revision of the draft may go live."""
    missing = lacking(
        approvals.of_draft(connection, etag), approvals.authors(connection), four_eyes=four_eyes
    )
    if missing is not None:
        raise NotApproved(missing)


def review(
    database: Database,
    etag: str,
    *,
    reviewer: str,
    verdict: Verdict,
    comment: str | None,
    now: datetime,
    patient: bool = False,
) -> Review:
    """Say something about the draft with this ``etag``.

    Raises DraftChanged, NothingToReview, OwnDraft when an author approves, and
    NotPublishable or StillReasoning when what is approved could not go live as it stands.
    """
    if verdict is Verdict.APPROVED:
        with database.read() as connection:
            seen = rulebooks.draft(connection)
        if seen.etag == etag and seen.author is not None:
            demand_good(database, seen.text, now, patient=patient)
    say = partial(_review, etag=etag, reviewer=reviewer, verdict=verdict, comment=comment, now=now)
    return database.transact(say)


def _review(
    connection: Connection, *, etag: str, reviewer: str, verdict: Verdict, comment: str | None, now: datetime
) -> Review:
    draft = rulebooks.draft(connection, lock=True)
    if draft.etag != etag:
        raise DraftChanged(draft.etag)
    if draft.author is None:
        raise NothingToReview("Nobody has begun a draft")
    wrote = {_person(name) for name in approvals.authors(connection)}
    if verdict is Verdict.APPROVED and _person(reviewer) in wrote:
        raise OwnDraft(f"{reviewer} wrote the draft; somebody else must approve it")
    said = Said(
        etag=etag, version=version_of(draft.text), reviewer=reviewer, verdict=verdict, comment=comment, at=now
    )
    return approvals.add(connection, said)


def _person(name: str) -> str:
    return name.strip().casefold()
