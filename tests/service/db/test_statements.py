"""service/db/statements.py: one text for both databases, and what is asked with it finds rows by index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from service.db import account_keys, account_values, carriers, facts
from service.db.engine import Database
from service.db.statements import Statement, as_json, as_moment

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

SAMPLES: dict[str, Any] = {"bigint": 1, "text": "x"}


def statements(*modules: ModuleType) -> list[Any]:
    found = [
        (f"{module.__name__}.{name}", value)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Statement)
    ]
    return [pytest.param(value, id=name) for name, value in found]


def sample(statement: Statement) -> dict[str, Any]:
    """One row for each table of the statement, and a value for each single parameter."""
    given: dict[str, Any] = {"most": 9, "near": 9, "crowd": 9, "now": NOW, "since": NOW, "change": 1}
    for name, columns in statement._tables.items():
        row = tuple(SAMPLES[kind] for kind in columns.values())
        given[name] = [row[0] if len(row) == 1 else row]
    return given


def plan(connection: Connection, statement: Statement) -> list[str]:
    """What the database is going to do."""
    postgres = connection.dialect.name == "postgresql"
    explaining = Statement.__new__(Statement)
    explaining._tables = statement._tables
    explaining._postgres = f"EXPLAIN {statement._postgres}"
    explaining._sqlite = f"EXPLAIN QUERY PLAN {statement._sqlite}"
    wanted = {
        name
        for name in sample(statement)
        if f"({name})" in statement._postgres or f":{name}" in statement._sqlite
    }
    given = {
        name: value
        for name, value in sample(statement).items()
        if name in wanted or name in statement._tables
    }
    return [str(row[0] if postgres else row[3]) for row in explaining.run(connection, **given)]


@pytest.mark.parametrize("statement", statements(account_values, carriers, facts))
def test_large_tables_are_read_by_index(database: Database, statement: Statement) -> None:
    with database.read() as connection:
        if not database.sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        lines = plan(connection, statement)
    one_row = ("corpus",)
    scans = [
        line
        for line in lines
        if ("Seq Scan on" in line or (line.startswith("SCAN ") and "VIRTUAL TABLE" not in line))
        and not any(
            name in line
            for name in (*one_row, "SCAN few", "SCAN held", "SCAN named", "SCAN taken", "SCAN placed")
        )
        and not line.startswith(
            ("SCAN (", "SCAN chain", "SCAN related", "SCAN person", "SCAN newest", "SCAN CONSTANT")
        )
    ]
    assert scans == []


def test_tables_of_one_and_of_several_columns_and_single_values(database: Database) -> None:
    numbers = Statement("SELECT n.value FROM {n} WHERE n.value > {:least} ORDER BY 1", n={"value": "bigint"})
    pairs = Statement("SELECT p.a, p.b FROM {p} ORDER BY p.a", p={"a": "bigint", "b": "text"})
    with database.read() as connection:
        assert [row[0] for row in numbers.run(connection, n=[2**62, None, -(2**63), 5], least=0)] == [
            5,
            2**62,
        ]
        assert [tuple(row) for row in pairs.run(connection, p=[(2, "ö'\""), (1, None)])] == [
            (1, None),
            (2, "ö'\""),
        ]
        assert list(pairs.run(connection, p=[])) == []


def test_moments_and_json_as_they_come_back(database: Database) -> None:
    later = Statement("SELECT updated_at FROM corpus_of_moments WHERE updated_at > {:now}")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE corpus_of_moments (updated_at TIMESTAMP WITH TIME ZONE)")
        elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
        text = "2026-03-02 09:00:00.000000" if database.sqlite else "2026-03-02 09:00:00+00"
        connection.exec_driver_sql(f"INSERT INTO corpus_of_moments VALUES ('{text}')")  # noqa: S608
        assert later.run(connection, now=elsewhere) == []
        (row,) = later.run(connection, now=elsewhere - timedelta(microseconds=1))
        assert as_moment(row[0]) == NOW
    assert as_json('{"a": 1}') == as_json({"a": 1}) == {"a": 1}
    assert as_moment(None) is None


def test_reading_by_the_driver_is_part_of_the_transaction_and_fails_as_everything_does(
    database: Database,
) -> None:
    doubled = Statement("SELECT n.value * {:by} FROM {n} ORDER BY 1", n={"value": "bigint"})
    missing = Statement("SELECT a.id FROM no_such_table a WHERE a.id = {:id}")
    with database.write() as connection:
        assert [tuple(row) for row in doubled.read(connection, n=[3, 1], by=2)] == [(2,), (6,)]
        account_keys.grow(connection, 7)
    with database.read() as connection:
        assert account_keys.total(connection) == 7
        with pytest.raises(DBAPIError, match="no_such_table"):
            missing.read(connection, id=1)


def test_nothing_is_counted_before_there_is_anything(database: Database) -> None:
    with database.read() as connection:
        assert account_keys.total(connection) == 0
