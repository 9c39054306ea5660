"""service/db/migrate.py: the way up, once, from any number of processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from service.db import migrate
from service.db.engine import Database
from tests.postgres import create_postgres, drop_postgres, on_server


def test_a_fresh_database_is_at_head(database: Database) -> None:
    assert migrate.is_current(database)
    with database.read() as connection:
        assert migrate.current(connection) == migrate.head() == migrate.revisions()[-1]


def test_upgrading_again_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    assert migrate.is_current(database)


def test_another_revision_is_noticed(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert not migrate.is_current(database)


def test_an_empty_database_is_at_no_revision(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'new.db'}")
    assert not migrate.is_current(empty)
    empty.dispose()


def test_two_processes_that_start_at_once_upgrade_once_on_sqlite(tmp_path: Path) -> None:
    _upgrade_at_once(f"sqlite:///{tmp_path / 'new.db'}")


def test_two_processes_that_start_at_once_upgrade_once_on_postgresql(postgres_server: str) -> None:
    name = create_postgres(postgres_server, "template0")
    _upgrade_at_once(on_server(postgres_server, name))
    drop_postgres(postgres_server, name)


def _upgrade_at_once(url: str) -> None:
    databases = [Database(url) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(migrate.upgrade, databases))
    assert all(migrate.is_current(database) for database in databases)
    for database in databases:
        database.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_upgrade_refuses_to_leave_references_broken(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(
            text("INSERT INTO account_alias (account_id, name, source) VALUES (99, 'nobody', 'given')")
        )
    with pytest.raises(RuntimeError, match="references"):
        migrate.upgrade(database)
