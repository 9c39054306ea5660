"""Who must have approved a draft before it goes live, and what voids an approval."""

from __future__ import annotations

import pytest

from service.db import approvals, rulebooks
from service.db.approvals import Review, Verdict
from service.db.engine import Database
from service.db.rulebooks import Draft, DraftChanged
from service.rulebook.approval import NotApproved, NothingToReview, OwnDraft, lacking, review
from service.rulebook.publishing import publish, publish_draft
from tests.service.organisation import MONDAY, organisation
from tests.service.rules import text_of

APPROVED, OBJECTED = Verdict.APPROVED, Verdict.OBJECTED

SAID = [
    # what was said of the draft by Ann and Bob, four eyes or not, and who must still do something
    ([], False, None),
    ([], True, "Somebody other than its authors (ann, bob)"),
    ([("cleo", APPROVED)], True, None),
    ([("ann", APPROVED)], True, "Somebody other than its authors"),
    ([(" BOB ", APPROVED)], True, "Somebody other than its authors"),
    ([("cleo", OBJECTED)], False, "cleo objected: not yet"),
    ([("cleo", OBJECTED), ("dan", APPROVED)], True, "cleo objected"),
    ([("cleo", OBJECTED), ("cleo", APPROVED)], True, None),
    ([("cleo", APPROVED), ("cleo", OBJECTED)], True, "cleo objected"),
    ([("ann", OBJECTED), ("cleo", APPROVED)], True, "ann objected"),
]


@pytest.mark.parametrize(("said", "four_eyes", "missing"), SAID)
def test_what_a_draft_lacks(said: list[tuple[str, Verdict]], four_eyes: bool, missing: str | None) -> None:
    reviews = [
        Review(
            id=place, version="v", reviewer=who, verdict=what, comment="not yet", at=MONDAY, voided_at=None
        )
        for place, (who, what) in enumerate(said)
    ]
    found = lacking(reviews, ("ann", "bob"), four_eyes=four_eyes)
    assert found == missing if missing is None else missing in (found or "")


def save(database: Database, text: str, author: str) -> Draft:
    with database.write() as connection:
        return rulebooks.save_draft(connection, text, author=author, at=MONDAY)


def say(database: Database, draft: Draft, reviewer: str, verdict: Verdict = APPROVED) -> Review:
    return review(database, draft.etag, reviewer=reviewer, verdict=verdict, comment="seen", now=MONDAY)


def put(database: Database, draft: Draft) -> rulebooks.Publication:
    done = publish_draft(database, draft.etag, author="ann", reason=None, now=MONDAY, four_eyes=True)
    return done.publication


def test_a_draft_goes_live_with_the_approval_of_somebody_else(database: Database) -> None:
    organisation(database, text_of("first"))
    with pytest.raises(NothingToReview):
        with database.read() as connection:
            nothing = rulebooks.draft(connection)
        say(database, nothing, "cleo")
    save(database, text_of("second"), "ann")
    draft = save(database, text_of("third"), "bob")
    for author in ("ann", "bob"):  # whoever saved it since it was begun wrote it
        with pytest.raises(OwnDraft):
            say(database, draft, author)
    with pytest.raises(NotApproved):
        put(database, draft)
    say(database, draft, "cleo")
    edited = save(database, text_of("fourth"), "ann")
    with pytest.raises(DraftChanged):
        say(database, draft, "cleo")
    back = save(database, text_of("third"), "ann")
    assert back.etag == draft.etag
    for voided in (edited, back):  # an edit voids an approval, also when it is undone
        with pytest.raises((NotApproved, DraftChanged)):
            put(database, voided)
    with pytest.raises(NotApproved):  # a file has no way round the draft
        publish(database, text_of("file"), author="x", reason=None, now=MONDAY, four_eyes=True)
    say(database, back, "dan", OBJECTED)
    say(database, back, "cleo")
    with pytest.raises(NotApproved, match="dan objected: seen"):
        put(database, back)
    say(database, back, "dan")
    said = put(database, back)
    with database.read() as connection:
        kept = approvals.of_publications(connection, [said.id])[said.id]
        assert approvals.authors(connection) == ()
    assert [(r.reviewer, r.verdict, r.comment) for r in kept] == [
        ("dan", OBJECTED, "seen"),
        ("cleo", APPROVED, "seen"),
        ("dan", APPROVED, "seen"),
    ]


def test_an_approval_is_of_a_change_of_what_is_live(database: Database) -> None:
    """When the live rulebook moves, the same text is another change."""
    organisation(database, text_of("first"))
    draft = save(database, text_of("second"), "ann")
    say(database, draft, "cleo")
    publish(database, text_of("hotfix"), author="eve", reason=None, now=MONDAY)
    with database.read() as connection:
        moved = rulebooks.draft(connection)
    assert moved.text == draft.text
    with pytest.raises(NotApproved):
        put(database, moved)
