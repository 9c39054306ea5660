"""What may go live and what may not, what is swapped, and the way back; on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, insert, select

from routing.problems import RulebookInvalid
from routing.rulebook import version_of
from service.db import reps, rulebooks
from service.db.engine import Database
from service.db.rulebooks import Draft, DraftChanged, Publication, VersionTaken
from service.db.tables import publication, rulebook
from service.records.reps import RepRecord
from service.rulebook import publishing
from service.rulebook.examination import NotPublishable, examine
from service.rulebook.live import compiled
from service.rulebook.publishing import (
    NothingToRollBackTo,
    publish,
    publish_draft,
    roll_back,
)
from tests.service.organisation import MONDAY, organisation
from tests.service.rules import text_of

GOOD = text_of("good")


@pytest.fixture
def office(database: Database) -> Database:
    """A database with reps, a pool and a first rulebook."""
    organisation(database, text_of("first"))
    return database


def live(database: Database) -> str | None:
    with database.read() as connection:
        return rulebooks.live_version(connection)


def put(database: Database, text: str) -> Publication:
    return publish(database, text, author="ann", reason="because", now=MONDAY).publication


def draft(database: Database, text: str, author: str = "bob") -> Draft:
    with database.write() as connection:
        return rulebooks.save_draft(connection, text, author=author, at=MONDAY)


REFUSED = {
    "not YAML": ("rules: [", None),
    "a field that does not exist": (GOOD.replace("contact.country:", "contact.land:", 1), None),
    "a test that fails": (GOOD.replace("assignee: dan", "assignee: ana"), None),
    "a test that cannot be built": (
        GOOD.replace("contact: {country", "account: nowhere, contact: {country"),
        None,
    ),
    "a rep who does not exist": (GOOD.replace("rep: dan", "rep: dann"), "did you mean 'dan'?"),
    "a pool that does not exist": (GOOD.replace("pool: inbound", "pool: inbond"), "did you mean 'inbound'?"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_may_not_go_live_changes_nothing(office: Database, fault: str) -> None:
    text, hint = REFUSED[fault]
    before = live(office)
    with pytest.raises(NotPublishable) as refused:
        put(office, text)
    examination = refused.value.examination
    assert bool(examination.problems) != bool(examination.failures)
    assert hint is None or hint in [problem.hint for problem in examination.problems]
    assert live(office) == before
    with pytest.raises(NotPublishable):
        publish_draft(office, draft(office, text).etag, author="ann", reason=None, now=MONDAY)
    assert live(office) == before
    with office.read() as connection:
        assert rulebooks.get(connection, version_of(text)) is None


def test_names_are_checked_only_against_a_directory() -> None:
    assert examine(GOOD.replace("rep: dan", "rep: dann"), MONDAY, test=False).good


def test_the_draft_that_was_seen_goes_live_and_ends(office: Database) -> None:
    done = publish_draft(office, draft(office, GOOD).etag, author="ann", reason="Italy", now=MONDAY)
    said = done.publication
    assert (said.version, said.author, said.reason) == (version_of(GOOD), "ann", "Italy")
    assert live(office) == said.version
    with office.read() as connection:
        assert rulebooks.draft(connection).author is None


def test_a_draft_that_was_changed_since_does_not_go_live(office: Database) -> None:
    before = live(office)
    seen = draft(office, GOOD)
    later = draft(office, text_of("later"))
    with pytest.raises(DraftChanged) as changed:
        publish_draft(office, seen.etag, author="ann", reason=None, now=MONDAY)
    assert changed.value.etag == later.etag
    assert live(office) == before


def test_a_draft_whose_live_rulebook_was_replaced_does_not_go_live(office: Database) -> None:
    seen = draft(office, GOOD)
    other = put(office, text_of("other"))
    with pytest.raises(DraftChanged):
        publish_draft(office, seen.etag, author="ann", reason=None, now=MONDAY)
    assert live(office) == other.version


def test_a_draft_that_changes_while_it_is_examined_does_not_go_live(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = draft(office, GOOD)
    before = live(office)

    def meanwhile(text: str) -> object:
        draft(office, text_of("meanwhile"), author="eve")
        return compiled(text)

    monkeypatch.setattr(publishing, "compiled", meanwhile)
    with pytest.raises(DraftChanged):
        publish_draft(office, seen.etag, author="ann", reason=None, now=MONDAY)
    assert live(office) == before


@pytest.fixture
def twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the connection breaks after the commit, and the work is done again."""
    once = Database.transact

    def again(self: Database, work: Callable[[Connection], object]) -> object:
        once(self, work)
        return once(self, work)

    monkeypatch.setattr(Database, "transact", again)


def test_publishing_made_again_is_the_same_publication(office: Database, twice: None) -> None:
    said = publish_draft(office, draft(office, GOOD).etag, author="ann", reason=None, now=MONDAY).publication
    with office.read() as connection:
        assert rulebooks.publications(connection, limit=1) == [said]
        assert len(rulebooks.publications(connection, limit=9)) == 2


def test_going_back_made_again_goes_back_once(office: Database, twice: None) -> None:
    second = put(office, text_of("second")).version
    put(office, text_of("third"))
    roll_back(office, None, author="ann", reason="worse", now=MONDAY)
    assert live(office) == second


def test_going_back_is_refused_when_another_version_went_live_meanwhile(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(office, text_of("second"))
    meanwhile: list[str] = []

    def publish_another(text: str) -> None:
        if not meanwhile:
            meanwhile.append(text)
            with office.write() as connection:
                rulebooks.publish(connection, text_of("eve"), author="eve", reason=None, at=MONDAY)

    monkeypatch.setattr(publishing, "compiled", publish_another)
    with pytest.raises(NothingToRollBackTo):
        roll_back(office, None, author="ann", reason="worse", now=MONDAY)
    assert live(office) == version_of(text_of("eve"))


def test_going_back_and_further_back(office: Database) -> None:
    first, second = live(office), put(office, text_of("second")).version
    put(office, text_of("third"))
    back = [
        roll_back(office, None, author="ann", reason="worse", now=MONDAY).publication.version
        for _ in range(2)
    ]
    assert back == [second, first]
    assert live(office) == first
    with pytest.raises(NothingToRollBackTo):
        roll_back(office, None, author="ann", reason="worse", now=MONDAY)


def test_going_back_to_a_version_that_is_named(office: Database) -> None:
    wanted = put(office, text_of("wanted")).version
    put(office, text_of("third"))
    done = roll_back(office, wanted[:6], author="ann", reason=None, now=MONDAY)
    assert live(office) == done.publication.version == wanted
    for unclear in ("zz", ""):
        with pytest.raises(NothingToRollBackTo):
            roll_back(office, unclear, author="ann", reason=None, now=MONDAY)
    assert live(office) == wanted


def test_a_rep_who_has_left_does_not_stand_in_the_way_back(office: Database) -> None:
    wanted = live(office)
    put(office, text_of("second").replace("rep: dan", "rep: ana").replace("assignee: dan", "assignee: ana"))
    with office.write() as connection:
        reps.upsert(connection, [RepRecord(external_id="dan", active=False)], MONDAY)
    done = roll_back(office, None, author="ann", reason=None, now=MONDAY)
    assert live(office) == wanted
    assert "inactive_rep" in [finding.code for finding in done.warnings.findings]


def test_a_version_that_cannot_be_read_any_more_is_no_way_back(office: Database) -> None:
    before = live(office)
    with office.write() as connection:
        connection.execute(insert(rulebook).values(version="old", text="version: 0\n", created_at=MONDAY))
    with pytest.raises(RulebookInvalid):
        roll_back(office, "old", author="ann", reason=None, now=MONDAY)
    assert live(office) == before


def test_two_texts_with_one_version_are_told_apart(office: Database) -> None:
    with office.write() as connection:
        taken = {"version": version_of(GOOD), "text": "another text", "created_at": MONDAY}
        connection.execute(insert(rulebook).values(taken))
    before = live(office)
    with pytest.raises(VersionTaken):
        put(office, GOOD)
    assert live(office) == before


KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from service.db import rulebooks
from service.db.engine import Database
with Database(sys.argv[1]).write() as connection:
    rulebooks.publish(connection, sys.argv[2], author="eve", reason=None, at=datetime.now(UTC))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_between_the_write_and_the_swap_leaves_what_was_live(office: Database) -> None:
    before = live(office)
    url = office.url.render_as_string(hide_password=False)
    killed = subprocess.run([sys.executable, "-c", KILLED, url, GOOD], check=False, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    assert live(office) == before
    with office.read() as connection:
        assert len(connection.execute(select(publication)).all()) == 1
    assert put(office, GOOD).version == live(office)
