"""service/stewardship/rekeying.py: keys of another version are noticed, and made anew to the last."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from matching.normalize import normalize
from matching.types import Contact
from service.cli import app
from service.db import account_keys, accounts, candidates
from service.db.engine import Database
from service.db.tables import account_key, hot_key
from service.stewardship import rekeying
from tests.service.db.organisation import account_records

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def spoil(database: Database) -> None:
    """Leave the accounts as an older version would have: other keys, of a scheme that nobody noted."""
    with database.write() as connection:
        connection.execute(text("UPDATE account_key SET key = -key"))
        connection.execute(text("UPDATE corpus SET key_scheme = NULL"))


def test_keys_are_made_anew(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rekeying, "CHUNK", 100)
    assert rekeying.are_current(database)
    with database.write() as connection:
        accounts.upsert(connection, account_records(250), NOW)
        made = set(map(tuple, connection.execute(select(account_key))))
        hot = set(map(tuple, connection.execute(select(hot_key))))
        name = accounts.page(connection, limit=1)[0].name
    assert rekeying.are_current(database)

    spoil(database)
    assert not rekeying.are_current(database)
    refused = CliRunner().invoke(app, ["doctor", "--database", database_url])
    assert refused.exit_code != 0 and "muster db rebuild-keys" in refused.output

    steps: list[int] = []
    assert rekeying.rebuild(database, NOW, steps.append) == 250
    assert steps == [100, 200, 250]
    assert rekeying.are_current(database)
    with database.read() as connection:
        assert set(map(tuple, connection.execute(select(account_key)))) == made
        assert set(map(tuple, connection.execute(select(hot_key)))) == hot
        assert account_keys.total(connection) == 250
        found = candidates.consider(connection, [normalize(Contact(company=name))], NOW)[0]
    assert name in [each.name for each in found.accounts]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["rebuild-keys", "upgrade"])
def test_the_commands_make_them_anew(database: Database, database_url: str, command: str) -> None:
    with database.write() as connection:
        accounts.upsert(connection, account_records(3), NOW)
    spoil(database)
    ran = CliRunner().invoke(app, ["db", command, "--database", database_url])
    assert (ran.exit_code, "The keys of 3 accounts are made anew" in ran.output) == (0, True), ran.output
    assert rekeying.are_current(database)
