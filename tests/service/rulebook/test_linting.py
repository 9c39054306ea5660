"""About a large book a worker reasons: until it has, the book goes live by no way, and every way says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing.rulebook import version_of
from service.db import lint_results, rulebooks
from service.db.engine import Database
from service.rulebook import linting, remarks
from service.rulebook.examination import NotPublishable, StillReasoning, examine
from service.rulebook.linting import Linter
from service.rulebook.live import compiled
from service.rulebook.publishing import publish
from service.worker.housekeeping import Housekeeping
from tests.service.organisation import MONDAY, organisation
from tests.service.rulebook.test_examination import DEAD, GOOD, HOUR, WARNED, ways


@pytest.fixture(autouse=True)
def _every_book_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remarks, "AT_ONCE", 0)
    monkeypatch.setattr(remarks, "_known", {})


def linter(database: Database) -> Linter:
    return Linter(database, lambda: MONDAY)


def test_no_way_leads_round_the_worker(database: Database) -> None:
    organisation(database, GOOD)
    live = version_of(GOOD)
    for _ in range(2):  # asked twice, it is found out once
        for way in ways(database, DEAD).values():
            with pytest.raises(StillReasoning) as wait:
                way()
            assert wait.value.headers == {"Retry-After": "10"}
    lint = linter(database)
    looked = []
    while lint.run():
        looked.append(1)
    assert len(looked) == 1  # the schedule's hour is of the same day
    remarks._known.clear()  # another process
    for way in ways(database, DEAD).values():
        with pytest.raises(NotPublishable) as refused:
            way()
        assert [error.code for error in refused.value.examination.errors] == ["shadowed"]
    with database.read() as connection:
        assert rulebooks.live_version(connection) == live


def test_what_was_found_is_told_and_kept(database: Database) -> None:
    organisation(database, GOOD)
    seen = examine(WARNED, MONDAY, test=False, database=database)
    assert (seen.pending, seen.good, seen.findings) == (True, False, ())
    assert linter(database).run()
    with pytest.raises(StillReasoning):  # another text, by one blank
        publish(database, WARNED + "\n", author="ann", reason=None, now=MONDAY)
    remarks._known.clear()
    told = examine(WARNED, MONDAY + HOUR / 2, test=False, database=database)
    assert (told.pending, [found.code for found in told.findings]) == (False, ["gap", "unused"])
    Housekeeping(database, lambda: MONDAY + timedelta(days=31)).run()
    with database.read() as connection:
        question = remarks.question_of(compiled(WARNED), MONDAY, None)
        assert lint_results.get(connection, question.digest) is None


def test_what_a_worker_cannot_find_out_is_said_and_not_published(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation(database, GOOD)

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(linting, "reasoned", fails)
    assert examine(WARNED, MONDAY, database=database).pending
    assert [linter(database).run() for _ in range(4)] == [True, True, True, False]
    seen = examine(WARNED, MONDAY, database=database)
    assert seen.given_up and not seen.good
    with pytest.raises(StillReasoning, match="command line"):
        publish(database, WARNED, author="ann", reason=None, now=MONDAY)
    done = publish(database, WARNED, author="ann", reason=None, now=MONDAY, patient=True)
    assert [warning.code for warning in done.examination.warnings] == ["unused"]


def test_a_text_that_nobody_asks_for_any_more_is_left(database: Database) -> None:
    """An editor asks about every state of a text; a worker takes the last, and those long left not at all."""
    organisation(database, GOOD)
    later = MONDAY + timedelta(minutes=9)
    for moment, text in ((MONDAY, GOOD), (later, WARNED)):
        assert examine(text, moment, test=False, database=database).pending
    first = Linter(database, lambda: later)
    assert first.run()
    assert not examine(WARNED, later, test=False, database=database).pending
    assert not Linter(database, lambda: MONDAY + timedelta(minutes=10)).run()
    assert examine(GOOD, later, test=False, database=database).pending
    assert first.run()
