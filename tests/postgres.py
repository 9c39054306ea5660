"""PostgreSQL databases for the tests: made once, emptied after each test.

``CREATE DATABASE ... TEMPLATE`` copies some six hundred files, a quarter of a
second; emptying the tables that a test wrote to takes a few milliseconds.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_SEQUENCES = """
SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
_SHAPE = """
SELECT md5(string_agg(c.relname || a.attname || a.atttypid, ',' ORDER BY c.relname, a.attnum)) FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
"""
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_SMALL = 256 * 1024  # bytes: below it, deleting the rows is quicker than a new file


class ReusedDatabase:
    """One database that many tests use, one after the other, each finding it as it was at first."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._create()

    @property
    def url(self) -> str:
        return on_server(self._server, self._name)

    def restore(self) -> None:
        """Put the rows and the counters back; after a change of the schema, the whole database."""
        with connected(self.url) as connection:
            while connection.execute(text(_OTHERS)).all():
                time.sleep(0.002)
            same = connection.execute(text(_SHAPE)).scalar() == self._shape
            if same:
                self._empty(connection)
        if not same:
            self.drop()
            self._create()

    def drop(self) -> None:
        drop_postgres(self._server, self._name)

    def _create(self) -> None:
        self._name = create_postgres(self._server, self._template)
        with connected(self.url) as connection:
            self._shape = connection.execute(text(_SHAPE)).scalar()
            self._tables = list(connection.execute(text(_TABLES)).scalars())
            self._seeded = {name: rows for name in self._tables if (rows := _rows(connection, name))}

    def _empty(self, connection: Connection) -> None:
        sizes = " UNION ALL ".join(
            f"SELECT '{name}', pg_relation_size('\"{name}\"') WHERE EXISTS (SELECT FROM \"{name}\")"  # noqa: S608
            for name in self._tables
        )
        written = {row[0]: row[1] for row in connection.execute(text(sizes))}
        large = [f'"{name}"' for name, size in written.items() if size > _SMALL]
        statements = [f'DELETE FROM "{name}"' for name, size in written.items() if size <= _SMALL]  # noqa: S608
        connection.execute(text("SET session_replication_role = replica"))  # no order among the references
        if large:
            connection.execute(text(f"TRUNCATE {', '.join(large)} CASCADE"))
        for statement in statements:
            connection.execute(text(statement))
        for name, rows in self._seeded.items():
            connection.execute(_insert(name), rows)
        connection.execute(text(_SEQUENCES))


def create_postgres(server: str, template: str) -> str:
    """Create a database on ``server`` as a copy of ``template``; its name."""
    name = f"muster_test_{uuid.uuid4().hex}"
    with connected(server) as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    return name


def drop_postgres(server: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    with connected(server) as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def on_server(server: str, name: str) -> str:
    """The URL of the database ``name`` on the same server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection that commits each statement by itself."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    rows = connection.execute(text(f'SELECT row_to_json(t)::text FROM "{name}" t'))  # noqa: S608
    return [{"row": row} for row in rows.scalars()]


def _insert(name: str) -> Any:
    row = f'json_populate_record(NULL::"{name}", CAST(:row AS json))'
    return text(f'INSERT INTO "{name}" SELECT * FROM {row}')  # noqa: S608
