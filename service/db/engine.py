"""The database: engine, connections, and the only place that commits.

SQLite: WAL with ``synchronous=FULL`` (NORMAL loses acknowledged work at a power
cut), ``BEGIN IMMEDIATE`` for writers (a deferred BEGIN fails at once under
contention), one writer at a time in this process. PostgreSQL: READ COMMITTED,
explicit locks, and time limits on statements, locks and idle transactions.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import pydantic_core
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from service.db import keyring as keyrings
from service.db.engagement import functions
from service.db.keyring import Keyring
from service.db.measures import expressions
from service.db.storage import Storage

T = TypeVar("T")

_RETRIES = 5
_SQLITE_BUSY_MS = 30_000
_SQLITE_MAPPED = 0x7FFF0000
"""Bytes of the file that are read where the system holds them, not copied: as many as SQLite takes."""
_NO_ROOM = "53200"
"""PostgreSQL's table of locks is full, or its memory: large batches at once. They soon free theirs."""
_TRANSIENT_SQLSTATES = frozenset(
    {"40001", "40P01", "55P03", "57P01", "57P03", "08006", "08003", "08001", _NO_ROOM}
)

first_of_all: ContextVar[Callable[[Connection], None] | None] = ContextVar("first_of_all", default=None)
"""What the current request writes first in each of its transactions: both stand or fall together."""


class Database:
    """One organisation's database, given by a URL.

    ``sqlite:///path`` (or ``sqlite://`` for none on disk, tests only) or
    ``postgresql://...``. Safe to share between threads.
    """

    def __init__(self, url: str, *, pool_size: int = 10, keyring: Keyring | None = None) -> None:
        self.url = make_url(url)
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(
                f"MUSTER_DATABASE_URL starts with {self.url.drivername!r}; use sqlite:/// or postgresql://"
            )
        self.sqlite = self.url.get_backend_name() == "sqlite"
        made = _sqlite_engine(self.url) if self.sqlite else _postgres_engine(self.url, pool_size)
        self.engine = made.execution_options(**{keyrings.OPTION: keyring or Keyring()})
        self._writer = threading.Lock() if self.sqlite else nullcontext()
        self.storage = Storage()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent state and changes nothing."""
        with self.engine.connect() as connection:
            if self.sqlite:
                connection.execute(text("BEGIN"))
            yield connection
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: everything in the block, or nothing."""
        try:
            with self._writer, self.engine.connect() as connection:
                if self.sqlite:
                    connection.execute(text("BEGIN IMMEDIATE"))
                if begin := first_of_all.get():
                    begin(connection)
                before = self._changes(connection) if self.storage.trouble() else None
                yield connection
                wrote = before is not None and self._changes(connection) != before
                connection.commit()
        except Exception as error:
            self.storage.failed(error)
            raise
        if wrote:
            self.storage.wrote()

    def _changes(self, connection: Connection) -> object:
        """Something else once the transaction has written: one that only looked tells nothing of storage."""
        if self.sqlite:
            return getattr(connection.connection.dbapi_connection, "total_changes", 0)
        return connection.execute(text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")).scalar()

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one transaction, again when the database asks for it.

        ``work`` must be repeatable: it may run up to five times, also after a
        commit whose answer was lost. Raises the last error when that many fail.
        """
        for attempt in range(_RETRIES):
            try:
                with self.write() as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt == _RETRIES - 1 or not _is_transient(error):
                    raise
                time.sleep(random.uniform(0.01, 0.05) * 2**attempt * (10 if _state(error) == _NO_ROOM else 1))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


class Undo(Exception):
    """Raised in the work of `attempt`: what it did is undone, and the transaction goes on."""


def attempt(connection: Connection, work: Callable[[], object]) -> bool:
    """Do a part of a transaction that may turn out to be no good; whether it stands, or was undone."""
    with suppress(Undo), connection.begin_nested():
        work()
        return True
    return False


def _to_json(value: Any) -> str:
    return pydantic_core.to_json(value).decode()


_JSON = {"json_serializer": _to_json, "json_deserializer": pydantic_core.from_json}
"""A faster reader and writer of JSON columns than the standard library's."""


def _sqlite_engine(url: Any) -> Engine:
    if url.database:
        with suppress(OSError):  # SQLite says then that it cannot open the file
            Path(url.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"check_same_thread": False, "timeout": _SQLITE_BUSY_MS / 1000}, **_JSON
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver's is deferred
        _use_wal(connection)
        expressions.on_sqlite(connection)
        functions.on_sqlite(connection)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={_SQLITE_BUSY_MS}",
            "cache_size=-65536",
            f"mmap_size={_SQLITE_MAPPED}",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _use_wal(connection: Any) -> None:
    """Switch the file to WAL, which is remembered in it.

    SQLite does not wait for other connections here, whatever its busy timeout:
    processes that open a new file at once would fail.
    """
    for _ in range(200):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            time.sleep(0.025)
    connection.execute("PRAGMA journal_mode=WAL")


def _postgres_engine(url: Any, pool_size: int) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        **_JSON,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 10,
            "application_name": "muster",
            "options": "-c statement_timeout=60s -c lock_timeout=20s"
            # Compiling a plan takes longer than any of our statements runs.
            " -c idle_in_transaction_session_timeout=60s -c timezone=UTC -c jit=off",
        },
    )


def _is_transient(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    return _state(error) in _TRANSIENT_SQLSTATES or "database is locked" in str(error.orig)


def _state(error: DBAPIError) -> str | None:
    """The SQLSTATE that PostgreSQL gave."""
    return getattr(error.orig, "sqlstate", None)
