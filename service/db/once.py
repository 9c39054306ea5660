"""Insert a row unless it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Store a row; False, and no change, when one with the same key is there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(made).first() is not None
