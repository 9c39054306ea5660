"""Contacts: who is the same person, what is remembered, and who waits for whom."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from matching.types import Contact
from service.db import contacts
from service.db.contacts import Identity, Saved
from service.db.engine import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def identity(external_id: str | None = None, email: str | None = None, **said: str) -> Identity:
    return contacts.identify(Contact(external_id=external_id, email=email, **said), email)


def remember(
    database: Database, at: datetime = NOW, *, external_id: str | None = None, email: str | None = None
) -> int:
    who = identity(external_id, email)
    saved = Saved(
        row=None,
        identity=who.names()[0],
        email=email,
        domain=None,
        account=None,
        contact=Contact(external_id=external_id, email=email, title="CTO"),
        answers={},
        occurred_at=at,
    )
    with database.write() as connection:
        return contacts.save(connection, [saved], at)[0]


def found(database: Database, who: Identity) -> int | None:
    with database.read() as connection:
        known = contacts.find(connection, [who])[0]
    return known.row if known else None


def test_nobody_is_known_at_first(database: Database) -> None:
    assert found(database, identity("c-1", "ana@acme.example")) is None


def test_an_external_id_is_the_person_whatever_the_email(database: Database) -> None:
    row = remember(database, external_id="c-1", email="ana@acme.example")
    assert found(database, identity("c-1", "ana@new.example")) == row


def test_an_email_finds_the_person_first_known_by_an_external_id(database: Database) -> None:
    row = remember(database, external_id="c-1", email="ana@acme.example")
    assert found(database, identity(email="ana@acme.example")) == row


def test_an_external_id_adopts_the_person_first_known_by_email(database: Database) -> None:
    row = remember(database, email="ana@acme.example")
    assert found(database, identity("c-1", "ana@acme.example")) == row


def test_two_records_with_one_email_stay_two_people(database: Database) -> None:
    remember(database, external_id="c-1", email="info@acme.example")
    assert found(database, identity("c-2", "info@acme.example")) is None


def test_an_email_of_two_people_means_the_one_heard_of_last(database: Database) -> None:
    remember(database, external_id="c-1", email="info@acme.example")
    later = remember(database, NOW + timedelta(days=1), external_id="c-2", email="info@acme.example")
    assert found(database, identity(email="info@acme.example")) == later


def test_who_says_neither_is_told_by_what_they_say() -> None:
    one = identity(company="Acme", first_name="Ana")
    assert one == identity(company=" acme ", first_name="ANA")
    assert one != identity(company="Acme", first_name="Bo")


def test_what_an_event_leaves_out_stays_as_it_was() -> None:
    known = Contact(external_id="c-1", company="Acme", title="CTO", custom={"plan": "free", "seats": 3})
    after = contacts.merged(known, Contact(external_id="c-1", title="CEO", custom={"plan": "pro"}))
    assert (after.company, after.title) == ("Acme", "CEO")
    assert after.custom == {"plan": "pro", "seats": 3}


def test_many_are_stored_and_found_in_the_order_given(database: Database) -> None:
    people = [identity(f"c-{n}", f"p{n}@acme.example") for n in range(700)]
    saved = [
        Saved(
            row=None,
            identity=who.names()[0],
            email=who.email,
            domain="acme.example",
            account="A1",
            contact=Contact(external_id=who.external_id, email=who.email),
            answers={"ask": "yes"},
            occurred_at=NOW,
        )
        for who in people
    ]
    with database.write() as connection:
        rows = contacts.save(connection, saved, NOW)
    with database.read() as connection:
        known = contacts.find(connection, people)
    assert [each.row if each else None for each in known] == rows
    assert all(each is not None and each.answers == {"ask": "yes"} for each in known)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_shares_a_name_waits(database: Database) -> None:
    """On SQLite the one writer is the lock; on PostgreSQL it is advisory, by name."""
    order: list[str] = []
    second_may_start, second_waits = threading.Event(), threading.Event()

    def second() -> None:
        second_may_start.wait(5)
        second_waits.set()
        with database.write() as connection:
            contacts.lock(connection, ["e:bo@acme.example", "e:ana@acme.example"])
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with database.write() as connection:
        contacts.lock(connection, ["x:c-1", "e:ana@acme.example"])
        second_may_start.set()
        second_waits.wait(5)
        thread.join(0.2)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
