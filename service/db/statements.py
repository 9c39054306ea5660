"""Statements that read or write a whole batch at once, in one text for both databases.

An ``IN`` list of hundreds of values costs more to compile than to run. Here a
list of rows is one parameter: arrays on PostgreSQL, a JSON text on SQLite; the
statement's text does not depend on its length and goes to the driver as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Columns = Mapping[str, str]
"""Names of columns with their PostgreSQL types."""

_CURSOR: Mapping[str, Mapping[str, Any]] = {"postgresql": {"binary": True}, "sqlite": {}}
"""How a cursor that reads is opened: numbers and arrays come as they are, which is quicker than as texts."""

_ON_POSTGRES = {"{for update}": "FOR UPDATE", "{by code point}": 'COLLATE "C"'}
_ON_SQLITE = {"{for update}": "", "{by code point}": ""}

_WHOLE_NUMBERS = ("bigint", "integer")

_LISTED = re.compile(r"\{listed ([\w.]+)\}")


class Statement:
    """One statement for SQLite and PostgreSQL.

    In its text ``{accounts}`` stands for a table of given rows, whose columns
    are declared as ``accounts={"id": "bigint"}``, ``{:now}`` for a single value,
    ``{for update}`` for a lock on the rows, which SQLite does not need,
    ``{by code point}`` behind a text for the order that it has in Python, and
    ``{listed x.id}`` for the numbers of a group in one value (see `as_numbers`).
    Joins should start from the given rows (``{accounts} CROSS JOIN ... WHERE``):
    SQLite keeps that order, PostgreSQL chooses its own.
    """

    def __init__(self, text: str, **tables: Columns) -> None:
        self._tables = tables
        self._postgres = _render(text, "%({})s", _ON_POSTGRES, r"array_agg(\1)", _unnest, tables)
        self._sqlite = _render(text, ":{}", _ON_SQLITE, r"group_concat(\1)", _json_rows, tables)

    def run(self, connection: Connection, **given: Any) -> Sequence[Any]:
        """Execute it; the rows it returns, none for a statement that returns none.

        A table is given as a list of values (one column) or of tuples.
        """
        result = connection.exec_driver_sql(*self._said(connection, given))
        if not result.returns_rows:
            return ()
        rows: Sequence[Any] = result.cursor.fetchall()  # the driver's tuples; wrapping costs as much again
        result.close()
        return rows

    def read(self, connection: Connection, **given: Any) -> Sequence[Any]:
        """Execute one that only reads and returns rows, as `run` does, by the driver alone.

        What SQLAlchemy makes of a result costs PostgreSQL as much again as a small statement.
        """
        cursor = connection.connection.cursor(**_CURSOR[connection.dialect.name])
        text, parameters = self._said(connection, given)
        try:
            cursor.execute(text, parameters)
            rows: Sequence[Any] = cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_raised(connection, text, error) from error
        finally:
            cursor.close()
        return rows

    def _said(self, connection: Connection, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Its text and parameters for the database that is asked."""
        postgres = connection.dialect.name == "postgresql"
        parameters: dict[str, Any] = {}
        for name, value in given.items():
            columns = self._tables.get(name)
            if columns is None:
                moment = isinstance(value, datetime) and not postgres
                parameters[name] = _sqlite_moment(value) if moment else value
            elif postgres:
                parameters |= _arrays(name, columns, value)
            else:
                parameters[name] = json.dumps(value)
        return self._postgres if postgres else self._sqlite, parameters


def _as_raised(connection: Connection, text: str, error: Any) -> BaseException:
    """A driver's error as SQLAlchemy raises it; a connection that was lost is not used again."""
    dialect = connection.dialect
    if lost := dialect.is_disconnect(error, connection.connection, None):
        connection.invalidate(error)
    raised: BaseException = DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error, connection_invalidated=lost
    )
    return raised


def _render(
    text: str,
    parameter: str,
    words: Mapping[str, str],
    listed: str,
    render: Callable[[str, Columns], str],
    tables: Mapping[str, Columns],
) -> str:
    text = _LISTED.sub(listed, text)
    for word, said in words.items():
        text = text.replace(word, said)
    for name, columns in tables.items():
        text = text.replace(f"{{{name}}}", render(name, columns))
    start, *pieces = text.split("{:")
    values = (piece.split("}", 1) for piece in pieces)
    return start + "".join(parameter.format(name) + after for name, after in values)


def _unnest(table: str, columns: Columns) -> str:
    arrays = ", ".join(f"%({table}_{name})s::{kind}[]" for name, kind in columns.items())
    return f"unnest({arrays}) AS {table} ({', '.join(columns)})"


def _json_rows(table: str, columns: Columns) -> str:
    picked = [f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns)]
    if len(columns) == 1:
        picked = [f"value AS {next(iter(columns))}"]
    return f"(SELECT {', '.join(picked)} FROM json_each(:{table})) AS {table}"  # noqa: S608 - names of ours only


def _arrays(table: str, columns: Columns, rows: Sequence[Any]) -> dict[str, Any]:
    if len(columns) == 1:
        ((name, kind),) = columns.items()
        return {f"{table}_{name}": _array(kind, list(rows))}
    return {
        f"{table}_{name}": _array(kind, [row[place] for row in rows])
        for place, (name, kind) in enumerate(columns.items())
    }


def _array(kind: str, values: list[Any]) -> Any:
    """One column of given rows; whole numbers as PostgreSQL writes an array.

    Of a list of numbers the driver looks at each for the type that holds them all, which takes eight
    times as long, and for each such type the statement is planned anew.
    """
    if kind in _WHOLE_NUMBERS:
        return f"{{{str(values)[1:-1]}}}".replace("None", "NULL")
    return values


def as_moment(value: datetime | str | None) -> datetime | None:
    """A moment as a statement returned it: SQLite keeps text."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def as_numbers(value: Sequence[int] | str | None) -> Sequence[int]:
    """The numbers of a group as a statement listed them, none of an empty one: SQLite has them in a text."""
    if isinstance(value, str):
        listed: list[int] = np.fromstring(value, np.int64, sep=",").tolist()
        return listed
    return value or ()


def as_json(value: Any) -> Any:
    """A JSON value as a statement returned it: SQLite keeps text."""
    return json.loads(value) if isinstance(value, str) else value


def _sqlite_moment(value: datetime) -> str:
    """A moment as SQLAlchemy writes it, so that texts compare as moments do."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
