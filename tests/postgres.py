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

import psycopg
from psycopg import sql
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
_ROWS = "SELECT row_to_json(t)::text FROM {table} t"
_INSERT = "INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, %s::json)"
_SMALL = 256 * 1024  # bytes: below it, deleting the rows is quicker than a new file


class ReusedDatabase:
    """One database that many tests use, one after the other, each finding it as it was at first.

    What puts it back stays connected: to connect takes longer than to put back what most tests write.
    """

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._create()

    @property
    def url(self) -> str:
        return on_server(self._server, self._name)

    def restore(self) -> None:
        """Put the rows and the counters back; after a change of the schema, the whole database."""
        while self._all(_OTHERS):
            time.sleep(0.002)
        if self._all(_SHAPE) == self._shape:
            self._empty()
        else:
            self.drop()
            self._create()

    def drop(self) -> None:
        self._keeper.close()
        drop_postgres(self._server, self._name)

    def _create(self) -> None:
        self._name = create_postgres(self._server, self._template)
        self._keeper = psycopg.connect(self.url, autocommit=True)
        self._keeper.execute("SET session_replication_role = replica")  # no order among the references
        self._shape = self._all(_SHAPE)
        tables = [name for (name,) in self._all(_TABLES)]
        self._seeded = {name: rows for name in tables if (rows := self._all(_of(_ROWS, name)))}
        sizes = "SELECT {literal}, pg_relation_size({literal}) WHERE EXISTS (SELECT FROM {table})"
        written = sql.SQL(" UNION ALL ").join(_of(sizes, name) for name in tables)
        self._written = written.as_string(self._keeper)

    def _empty(self) -> None:
        large = []
        for name, size in self._all(self._written):
            if size > _SMALL:
                large.append(sql.Identifier(name))
            else:
                self._keeper.execute(_of("DELETE FROM {table}", name))
        if large:
            self._keeper.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(large)))
        for name, rows in self._seeded.items():
            self._keeper.cursor().executemany(_of(_INSERT, name), rows)
        self._keeper.execute(_SEQUENCES)

    def _all(self, statement: Any) -> list[tuple[Any, ...]]:
        return self._keeper.execute(statement).fetchall()


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


def _of(statement: str, name: str) -> sql.Composed:
    """A statement about the table ``name``."""
    return sql.SQL(statement).format(table=sql.Identifier(name), literal=sql.Literal(name))  # type: ignore[arg-type]
