"""Which columns hold secrets of others, and that they are encrypted with the newest key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, select, update

from service.db.keyring import is_newest, keyring_of, seal, unseal
from service.db.tables import destination, source

_COLUMNS = (source.c.secrets, source.c.crm, destination.c.secrets, destination.c.credentials)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    column: Column[Any]
    row: str
    value: Any


def sealed(connection: Connection, column: Column[Any], row: str, value: Any) -> Any:
    """What to store in a column of a row, by its primary key; what is empty stays as it is."""
    return seal(connection, _place(column, row), value) if value else value


def opened(connection: Connection, column: Column[Any], row: str, stored: Any) -> Any:
    """What was stored, readable. Raises service.db.keyring.Unreadable."""
    return unseal(connection, _place(column, row), stored)


def reseal(connection: Connection) -> int:
    """Encrypt with the newest key what is in clear or under another one; how many values."""
    outdated = list(_outdated(connection))
    for each in outdated:
        value = sealed(
            connection, each.column, each.row, opened(connection, each.column, each.row, each.value)
        )
        this = update(each.column.table).where(_key(each.column) == each.row)
        connection.execute(this.values({each.column.name: value}))
    return len(outdated)


def outdated(connection: Connection) -> list[str]:
    """The values that are in clear or under another than the newest key, as `table.column row`."""
    return [f"{each.column.table.name}.{each.column.name} {each.row}" for each in _outdated(connection)]


def _outdated(connection: Connection) -> Iterator[_Stored]:
    keyring = keyring_of(connection)
    for column in _COLUMNS:
        for row, value in connection.execute(select(_key(column), column)).all():
            if value and not is_newest(keyring, value):
                yield _Stored(column=column, row=row, value=value)


def _key(column: Column[Any]) -> Column[Any]:
    return next(iter(column.table.primary_key))


def _place(column: Column[Any], row: str) -> str:
    return f"{column.table.name}.{column.name} {row}"
