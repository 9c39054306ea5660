"""service/db/storage.py: writes tell whether there is room for them, and whether they are taken at all."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError

from service.db.engine import Database
from service.db.storage import LASTS, Storage


def nothing(connection: Connection) -> None:
    """A transaction that writes nothing, as a worker's that finds no work."""
    connection.execute(text("SELECT version_num FROM alembic_version"))


def something(connection: Connection) -> None:
    """The smallest write."""
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def of_sqlite(name: str) -> OperationalError:
    fault = sqlite3.OperationalError("a message that may quote a row")
    fault.sqlite_errorname = name
    return OperationalError("INSERT", {}, fault)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (of_sqlite("SQLITE_FULL"), "the disk is full (SQLITE_FULL)"),
        (of_sqlite("SQLITE_READONLY"), "the database is read-only (SQLITE_READONLY)"),
        (of_sqlite("SQLITE_IOERR_WRITE"), "the disk cannot be written to (SQLITE_IOERR_WRITE)"),
        (OperationalError("", {}, psycopg.errors.DiskFull()), "the disk of the database is full (53100)"),
        (psycopg.errors.ReadOnlySqlTransaction(), "the database is read-only (25006)"),
        (of_sqlite("SQLITE_BUSY"), None),
        (OperationalError("", {}, psycopg.errors.OutOfMemory()), None),
        (IntegrityError("", {}, psycopg.errors.UniqueViolation()), None),
        (ValueError("a fault of ours"), None),
    ],
)
def test_what_storage_is_at_fault_for(error: Exception, said: str | None) -> None:
    storage = Storage(lambda: 0.0)
    storage.failed(error)
    assert storage.trouble() == said


def test_it_lasts_until_a_write_succeeds_or_for_a_minute() -> None:
    now = [100.0]
    storage = Storage(lambda: now[0])
    storage.failed(of_sqlite("SQLITE_FULL"))
    now[0] += LASTS
    assert storage.trouble() is not None
    storage.failed(ValueError("of another kind"))
    now[0] += 0.1
    assert storage.trouble() is None
    storage.failed(of_sqlite("SQLITE_FULL"))
    storage.wrote()
    assert storage.trouble() is None


def test_a_database_that_takes_no_writes(database: Database) -> None:
    def refused(connection: Connection) -> None:
        connection.execute(text("PRAGMA query_only = ON" if database.sqlite else "SET TRANSACTION READ ONLY"))
        try:
            connection.execute(text("CREATE TABLE refused (n integer)"))
        finally:
            if database.sqlite:
                connection.execute(text("PRAGMA query_only = OFF"))

    with pytest.raises(Exception, match=r"read-?only"):
        database.transact(refused)
    assert str(database.storage.trouble()).startswith("the database is read-only (")
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    database.transact(nothing)
    assert database.storage.trouble() is not None  # neither tells anything
    database.transact(something)
    assert database.storage.trouble() is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disk_that_is_full(database: Database) -> None:
    """SQLite says the same of a file that has reached the most pages it may have."""

    def fill(connection: Connection) -> None:
        connection.execute(text("PRAGMA max_page_count = 1"))
        try:
            connection.execute(text("CREATE TABLE filled AS SELECT zeroblob(10000000) AS much"))
        finally:
            connection.execute(text("PRAGMA max_page_count = 1073741823"))

    with pytest.raises(OperationalError, match="full"):
        database.transact(fill)
    assert database.storage.trouble() == "the disk is full (SQLITE_FULL)"
