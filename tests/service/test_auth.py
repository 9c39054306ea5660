from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from service.auth import Caller, Keys, Scope
from service.db.engine import Database
from service.problems import Forbidden, Unauthorized

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
INTAKE = frozenset({Scope.INTAKE})


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def test_a_key_is_recognised_by_every_process(database: Database) -> None:
    row, key = Keys(database, pepper=None, bootstrap=None, now=Clock()).create("web form", INTAKE)
    other = Keys(database, pepper=None, bootstrap=None, now=Clock())
    assert other.recognise(key) == Caller(id=row.id, name="web form", scopes=INTAKE)


def test_a_revoked_key_is_refused_from_the_next_request_on(database: Database) -> None:
    here = Keys(database, pepper=None, bootstrap=None, now=Clock())
    there = Keys(database, pepper=None, bootstrap=None, now=Clock())
    row, key = here.create("web form", INTAKE)
    there.recognise(key)
    assert here.revoke(row.id)
    with pytest.raises(Unauthorized):
        there.recognise(key)


def test_revoking_twice_keeps_the_first_time(database: Database) -> None:
    clock = Clock()
    keys = Keys(database, pepper=None, bootstrap=None, now=clock)
    row, _ = keys.create("web form", INTAKE)
    keys.revoke(row.id)
    clock.now += timedelta(days=1)
    assert keys.revoke(row.id)
    assert keys.listed()[0].revoked_at == START
    assert not keys.revoke("none")


def test_what_is_stored_cannot_be_sent(database: Database) -> None:
    keys = Keys(database, pepper=None, bootstrap=None, now=Clock())
    _, key = keys.create("web form", INTAKE)
    with database.read() as connection:
        row = connection.execute(text("SELECT * FROM api_key")).one()
    secret = key.split("_", 2)[2]
    assert all(secret not in str(value) for value in row)


def test_another_pepper_makes_every_key_unknown(database: Database) -> None:
    _, key = Keys(database, pepper="a" * 32, bootstrap=None, now=Clock()).create("web form", INTAKE)
    with pytest.raises(Unauthorized):
        Keys(database, pepper="b" * 32, bootstrap=None, now=Clock()).recognise(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "muster",
        "muster_x",
        "muster_unknown_secret",
        "other_1_2",
        "muster_ключ_ключ",
        "bootstrap",
        "x" * 100_000,
    ],
)
def test_what_is_no_key(database: Database, text: str) -> None:
    keys = Keys(database, pepper=None, bootstrap="the-bootstrap-key", now=Clock())
    with pytest.raises(Unauthorized):
        keys.recognise(text)


def test_the_secret_of_another_key_does_not_fit(database: Database) -> None:
    keys = Keys(database, pepper=None, bootstrap=None, now=Clock())
    one, _ = keys.create("one", INTAKE)
    _, other = keys.create("other", INTAKE)
    with pytest.raises(Unauthorized):
        keys.recognise(f"muster_{one.id}_{other.split('_', 2)[2]}")


def test_the_bootstrap_key_may_do_everything(database: Database) -> None:
    keys = Keys(database, pepper=None, bootstrap="the-bootstrap-key", now=Clock())
    caller = keys.recognise("the-bootstrap-key")
    assert all(caller.has(scope) for scope in Scope)


def test_use_is_noted_at_most_once_a_minute(database: Database) -> None:
    clock = Clock()
    keys = Keys(database, pepper=None, bootstrap=None, now=clock)
    _, key = keys.create("web form", INTAKE)
    noted = []
    for seconds in (0, 30, 59, 61, 90):
        clock.now = START + timedelta(seconds=seconds)
        keys.recognise(key)
        noted.append(keys.listed()[0].last_used_at)
    later = START + timedelta(seconds=61)
    assert noted == [START, START, START, later, later]


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        (Scope.INTAKE, {Scope.INTAKE}),
        (Scope.MATCH, {Scope.MATCH}),
        (Scope.READ, {Scope.READ}),
        (Scope.OPS_EDITOR, {Scope.OPS_EDITOR, Scope.READ, Scope.MATCH}),
        (Scope.OPS_APPROVER, {Scope.OPS_APPROVER, Scope.READ, Scope.MATCH}),
        (Scope.ADMIN, set(Scope)),
    ],
)
def test_what_a_scope_includes(held: Scope, allowed: set[Scope]) -> None:
    caller = Caller(id="k", name="k", scopes=frozenset({held}))
    assert {scope for scope in Scope if caller.has(scope)} == allowed
    for scope in set(Scope) - allowed:
        with pytest.raises(Forbidden):
            caller.demand(scope)


def test_a_key_ends_by_itself(database: Database) -> None:
    clock = Clock()
    keys = Keys(database, pepper=None, bootstrap=None, now=clock)
    _, key = keys.create("for a week", INTAKE, expires_at=START + timedelta(days=7))
    clock.now += timedelta(days=7) - timedelta(seconds=1)
    assert keys.recognise(key).name == "for a week"
    clock.now += timedelta(seconds=1)
    with pytest.raises(Unauthorized):
        keys.recognise(key)


def test_rotation_leaves_time_to_change_over(database: Database) -> None:
    """No call is refused while both work; the text before ends when it was said to."""
    clock = Clock()
    keys = Keys(database, pepper=None, bootstrap=None, now=clock)
    row, first = keys.create("web form", INTAKE)
    second = keys.rotate(row.id, timedelta(hours=24))
    assert second is not None and second != first
    assert {keys.recognise(text).id for text in (first, second)} == {row.id}
    third = keys.rotate(row.id, timedelta(hours=1))
    assert third is not None
    with pytest.raises(Unauthorized):
        keys.recognise(first)
    clock.now += timedelta(hours=1)
    with pytest.raises(Unauthorized):
        keys.recognise(second)
    assert keys.recognise(third).id == row.id
    keys.revoke(row.id)
    assert keys.rotate(row.id, timedelta(hours=1)) is None
