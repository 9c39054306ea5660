"""Everything that is stored about a person, to hand to them (GDPR, article 15)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from service.db import inventory
from service.db.engine import Database


def export(database: Database, email: str) -> dict[str, list[dict[str, Any]]]:
    """The rows, by table; empty for somebody of whom nothing is stored. Bodies are given as text."""
    with database.read() as connection:
        found = inventory.find(connection, email)
    return {
        table.name: [{name: _plain(value) for name, value in row.items()} for row in rows]
        for table, rows in found.rows.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
