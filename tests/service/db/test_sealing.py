"""Secrets at rest: encrypted, bound to their row, readable through a change of keys, told when in clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from service.db import destinations, sealing, sources
from service.db.destinations import Destination
from service.db.engine import Database
from service.db.keyring import Keyring, Unreadable
from service.db.sources import Source
from service.delivery.signing import Secret
from service.doctor import ENCRYPTED, examine

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SECRET = Secret(value="whsec_" + "QUJD" * 8, created_at=NOW)
OLD, NEW = "o" * 32, "n" * 32


def source(name: str) -> Source:
    return Source(
        name=name,
        kind="generic",
        secrets=(SECRET,),
        token_header=None,
        mapping={},
        active=True,
        created_at=NOW,
        updated_at=NOW,
    )


DESTINATION = Destination(
    id="d1",
    name="crm",
    kind="webhook",
    url="https://crm.example/x",
    secrets=(SECRET,),
    events=(),
    active=True,
    disabled_reason=None,
    created_at=NOW,
)


def stored(database: Database) -> str:
    with database.read() as connection:
        rows = connection.execute(text("SELECT secrets FROM source")).all()
        return str([*rows, *connection.execute(text("SELECT secrets FROM destination")).all()])


def test_from_clear_to_encrypted_and_through_a_change_of_keys(database_url: str) -> None:
    clear = Database(database_url)
    with clear.write() as connection:
        sources.add(connection, source("form"))
        destinations.add(connection, DESTINATION)
    assert SECRET.value in stored(clear)
    told = [each for each in examine(clear, datetime.now(UTC)) if each.promise == ENCRYPTED]
    assert [each.row for each in told] == ["source.secrets form", "destination.secrets d1"]
    assert "MUSTER_ENCRYPTION_KEYS" in told[0].detail

    old = Database(database_url, keyring=Keyring(encryption=(OLD,)))
    with old.write() as connection:
        known = sources.get(connection, "form")
        assert known is not None and known.secrets == (SECRET,), "what is in clear can still be read"
        sources.save(connection, replace(known, active=False))
        assert sealing.outdated(connection) == ["destination.secrets d1"]
        assert sealing.reseal(connection) == 1
    assert SECRET.value not in stored(old)

    both = Database(database_url, keyring=Keyring(encryption=(NEW, OLD)))
    with both.write() as connection:
        assert destinations.listed(connection) == [DESTINATION]
        assert len(sealing.outdated(connection)) == 2
        assert sealing.reseal(connection) == 2
        assert sealing.reseal(connection) == 0
    new = Database(database_url, keyring=Keyring(encryption=(NEW,)))
    with new.read() as connection:
        assert destinations.listed(connection) == [DESTINATION]
        assert [each for each in examine(new, datetime.now(UTC)) if each.promise == ENCRYPTED] == []
    with old.read() as connection, pytest.raises(Unreadable, match="MUSTER_ENCRYPTION_KEYS"):
        sources.get(connection, "form")
    with clear.read() as connection, pytest.raises(Unreadable):
        sources.get(connection, "form")
    for each in (clear, old, both, new):
        each.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_encrypted_belongs_to_its_row(database_url: str) -> None:
    database = Database(database_url, keyring=Keyring(secret="s" * 32))
    with database.write() as connection:
        sources.add(connection, source("one"))
        sources.add(connection, source("two"))
        one = text("UPDATE source SET secrets = (SELECT secrets FROM source WHERE name = 'one')")
        connection.execute(one)
    with database.read() as connection:
        assert sources.get(connection, "one") is not None
        with pytest.raises(Unreadable, match="another row"):
            sources.get(connection, "two")
    database.dispose()
