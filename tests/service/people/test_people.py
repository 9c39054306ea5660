"""People: invited by a link that works once, signed in by password, given roles, sent away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from service.auth import Keys, Scope
from service.db.engine import Database
from service.people import passwords
from service.people.people import LINK_LASTS, People, caller_of
from service.people.sessions import Sessions
from service.problems import Conflict, Invalid, NotFound, Unauthorized

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ADMIN, EDITOR = frozenset({Scope.ADMIN}), frozenset({Scope.OPS_EDITOR})
PASSWORD = "four quiet words here"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password costs tenths of a second, which proves nothing here."""
    monkeypatch.setattr(passwords, "_N", 2**4)


def test_from_invitation_to_the_end(database: Database) -> None:
    clock = Clock()
    people = People(database, clock)
    sessions = Sessions(database, bootstrap=None, now=clock)
    first = people.add("Ana@Example.com ", ADMIN, by="tests")
    assert first.person.email == "ana@example.com"
    with pytest.raises(Conflict):
        people.add("ANA@example.com", EDITOR, by="tests")
    assert people.recognise("ana@example.com", "") is None

    assert people.set_password(first.text, PASSWORD) is not None
    assert people.set_password(first.text, "another long password") is None, "a link works once"
    found = people.recognise(" ANA@example.com", PASSWORD)
    assert found is not None and people.recognise("ana@example.com", PASSWORD + "!") is None

    cookie = sessions.begin(person=found.id)
    signed_in = sessions.read(cookie)
    assert signed_in is not None and signed_in.caller.name == "ana@example.com"
    again = people.invite(found.id)
    people.set_password(again.text, PASSWORD + " 2")
    assert sessions.read(cookie) is None, "with a new password, sessions end"

    second = people.add("ben@example.com", EDITOR, by="ana@example.com")
    cookie = sessions.begin(person=second.person.id)
    people.change(second.person.id, name=None, roles=ADMIN, active=None)
    assert sessions.read(cookie) is None, "with other roles, sessions end"
    cookie = sessions.begin(person=second.person.id)
    people.change(second.person.id, name=None, roles=None, active=False)
    assert sessions.read(cookie) is None
    assert people.set_password(second.text, PASSWORD) is None, "whoever is deactivated has no link"
    with pytest.raises(NotFound):
        people.invite(second.person.id)
    with pytest.raises(Conflict):
        people.change(first.person.id, name=None, roles=EDITOR, active=None)
    with pytest.raises(Conflict):
        people.change(first.person.id, name=None, roles=None, active=False)
    with database.read() as connection:
        stored = str(connection.execute(text("SELECT * FROM person")).all())
        stored += str(connection.execute(text("SELECT * FROM one_time")).all())
        stored += str(connection.execute(text("SELECT * FROM session")).all())
    for secret in (PASSWORD, first.text, again.text, cookie):
        assert secret not in stored


def test_a_link_ends_after_a_day(database: Database) -> None:
    clock = Clock()
    people = People(database, clock)
    made = people.add("ana@example.com", ADMIN, by="tests")
    clock.now += LINK_LASTS
    assert people.invited(made.text) is None
    assert people.set_password(made.text, PASSWORD) is None
    clock.now += timedelta(days=2)
    people.forget()
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM one_time")).scalar() == 0


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "ana@example.com", "x" * 201])
def test_a_password_that_is_not_taken(password: str) -> None:
    assert passwords.problem(password, "ana@example.com")


def test_a_password_of_any_characters() -> None:
    kept = passwords.kept("пароль с пробелами ✓")
    assert passwords.fits("пароль с пробелами ✓", kept)
    assert not passwords.fits("пароль с пробелами", kept)
    assert not passwords.fits("anything at all", None)


@pytest.mark.parametrize(
    "email", ["", "ana", "ana@", "@b", "a b@c.example", "a@b\n", "x" * 300 + "@b.example"]
)
def test_what_is_no_address(database: Database, email: str) -> None:
    with pytest.raises(Invalid):
        People(database, Clock()).add(email if email != "a@b\n" else "a\n@b", EDITOR, by="tests")


def test_the_key_of_a_person_is_the_person(database: Database) -> None:
    """It does what both may, goes on record under their name, and ends with them."""
    clock = Clock()
    people, keys = People(database, clock), Keys(database, pepper=None, bootstrap=None, now=clock)
    people.add("root@example.com", ADMIN, by="tests")
    ana = people.add("ana@example.com", EDITOR, by="tests").person
    _, key = keys.create("laptop", frozenset({Scope.ADMIN, Scope.INTAKE}), person=ana.id)
    caller = keys.recognise(key)
    assert caller.name == "ana@example.com"
    assert caller.has(Scope.OPS_EDITOR) and caller.has(Scope.READ)
    assert not caller.has(Scope.ADMIN) and not caller.has(Scope.INTAKE)
    people.change(ana.id, name=None, roles=None, active=False)
    with pytest.raises(Unauthorized):
        keys.recognise(key)


def test_a_role_that_is_no_more_gives_nothing(database: Database) -> None:
    people = People(database, Clock())
    ana = people.add("ana@example.com", EDITOR, by="tests").person
    with database.write() as connection:
        connection.execute(text("UPDATE person SET roles = '[\"wizard\"]'"))
    found = people.get(ana.id)
    assert found is not None
    caller = caller_of(found)
    assert caller is not None and not any(caller.has(scope) for scope in Scope)
