"""What SQL needs to let scores decay: SQLite has functions of mathematics only where it was built so."""

from __future__ import annotations

import math
import sqlite3
from typing import Any


def on_sqlite(connection: Any) -> None:
    """Give a connection of SQLite's driver ``power`` and ``floor`` where it lacks them."""
    try:
        connection.execute("SELECT power(2.0, 0.5), floor(1.5)").fetchone()
    except sqlite3.OperationalError:
        connection.create_function("power", 2, math.pow, deterministic=True)
        connection.create_function("floor", 1, math.floor, deterministic=True)
