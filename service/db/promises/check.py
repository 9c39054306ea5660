"""A promise about the stored state, and what a row that breaks it is reported as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A row that breaks a promise: which promise, which row, and how."""

    promise: str
    row: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A promise, the statement that finds what breaks it, and how to name what it found."""

    promise: str
    query: Select[Any]
    row: Callable[[Row[Any]], str]
    detail: str


def see_one_state(connection: Connection) -> None:
    """Let a transaction read as long as it takes, and as of its beginning; of SQLite each does.

    Some checks read a thing in two steps, and others write meanwhile.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def broken(connection: Connection, checks: Iterable[Check]) -> Iterator[Finding]:
    """What breaks a promise, row by row."""
    for check in checks:
        for row in connection.execute(check.query):
            yield Finding(promise=check.promise, row=check.row(row), detail=check.detail)
