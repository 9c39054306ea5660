"""The draft, the live pointer and the versions, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from routing.rulebook import version_of
from service.db import rulebooks
from service.db.engine import Database

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def publish(database: Database, *texts: str) -> list[str]:
    """Publish texts one after the other; their versions."""
    found = []
    for number, text in enumerate(texts):
        with database.write() as connection:
            at = T0 + timedelta(minutes=number)
            found.append(rulebooks.publish(connection, text, author="ann", reason=None, at=at).version)
    return found


def test_nothing_is_live_at_first(database: Database) -> None:
    with database.read() as connection:
        assert rulebooks.live_version(connection) is None
        assert rulebooks.previous(connection) is None
        assert rulebooks.publications(connection, limit=10) == []
        draft = rulebooks.draft(connection)
    assert (draft.text, draft.live, draft.author) == ("", None, None)


def test_publishing_puts_a_version_live_and_says_who_and_why(database: Database) -> None:
    with database.write() as connection:
        said = rulebooks.publish(connection, "rules: []", author="ann", reason="new territory", at=T0)
    with database.read() as connection:
        assert rulebooks.live_version(connection) == said.version == version_of("rules: []")
        assert rulebooks.publications(connection, limit=10) == [said]
        stored = rulebooks.get(connection, said.version)
    assert stored is not None and (stored.text, stored.created_at) == ("rules: []", T0)
    assert (said.author, said.reason, said.at) == ("ann", "new territory", T0)


def test_publishing_what_is_live_changes_nothing(database: Database) -> None:
    publish(database, "a")
    with database.write() as connection:
        again = rulebooks.publish(connection, "a", author="bob", reason="again", at=T0 + timedelta(days=1))
    assert (again.author, again.at) == ("ann", T0)
    with database.read() as connection:
        assert len(rulebooks.publications(connection, limit=10)) == 1


def test_the_draft_is_the_live_text_until_someone_changes_it(database: Database) -> None:
    (live,) = publish(database, "a")
    with database.write() as connection:
        before = rulebooks.draft(connection, lock=True)
        after = rulebooks.save_draft(connection, "b", author="bob", at=T0)
    assert (before.text, before.live, before.author) == ("a", live, None)
    assert (after.text, after.live, after.author, after.at) == ("b", live, "bob", T0)
    with database.write() as connection:
        assert rulebooks.drop_draft(connection, T0) == before


def test_the_etag_changes_with_the_text_and_with_what_is_live(database: Database) -> None:
    publish(database, "a")
    etags = []
    for text in ("b", "c", "b"):
        with database.write() as connection:
            etags.append(rulebooks.save_draft(connection, text, author="bob", at=T0).etag)
    assert etags[0] == etags[2] != etags[1]
    publish(database, "d")
    with database.read() as connection:
        draft = rulebooks.draft(connection)
    assert draft.text == "b" and draft.etag not in etags


def test_a_published_draft_has_ended_and_another_has_not(database: Database) -> None:
    with database.write() as connection:
        rulebooks.save_draft(connection, "mine", author="bob", at=T0)
    publish(database, "other")
    with database.read() as connection:
        assert rulebooks.draft(connection).text == "mine"
    publish(database, "mine")
    with database.read() as connection:
        assert rulebooks.draft(connection).author is None


def test_publications_are_read_page_by_page_newest_first(database: Database) -> None:
    versions = publish(database, "a", "b", "c")
    with database.read() as connection:
        first = rulebooks.publications(connection, limit=2)
        rest = rulebooks.publications(connection, limit=2, before=first[-1].id)
    assert [said.version for said in first + rest] == versions[::-1]


@pytest.mark.parametrize(
    ("published", "previous"),
    [
        ("a", None),
        ("ab", "a"),
        ("abc", "b"),
        ("abcb", "a"),  # c was rolled back: going back again does not bring it back
        ("abcbd", "b"),
        ("abca", None),
        ("abcac", "a"),
    ],
)
def test_previous_goes_back_never_forward(database: Database, published: str, previous: str | None) -> None:
    publish(database, *published)
    with database.read() as connection:
        found = rulebooks.previous(connection)
    assert found == (version_of(previous) if previous else None)


def test_a_version_is_found_by_how_it_begins(database: Database) -> None:
    (version,) = publish(database, "a")
    with database.read() as connection:
        assert rulebooks.find(connection, version[:8]) == [version]
        assert rulebooks.find(connection, "%") == []
        assert rulebooks.find(connection, "") == [version]


def test_a_transaction_that_fails_leaves_the_live_version(database: Database) -> None:
    (live,) = publish(database, "a")
    with pytest.raises(RuntimeError), database.write() as connection:
        rulebooks.publish(connection, "b", author="ann", reason=None, at=T0)
        raise RuntimeError("cut off between the write and the commit")
    with database.read() as connection:
        assert rulebooks.live_version(connection) == live
        assert rulebooks.get(connection, version_of("b")) is None
        assert len(rulebooks.publications(connection, limit=10)) == 1


def test_publishers_take_turns(database: Database) -> None:
    texts = [f"text {number}" for number in range(8)]

    def work(text: str) -> None:
        database.transact(
            lambda connection: rulebooks.publish(connection, text, author="ann", reason=None, at=T0)
        )

    threads = [threading.Thread(target=work, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        said = rulebooks.publications(connection, limit=20)
        live = rulebooks.live_version(connection)
    assert sorted(p.version for p in said) == sorted(map(version_of, texts))
    assert live == said[0].version
