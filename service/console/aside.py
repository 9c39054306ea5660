"""What an undo puts back and no address may carry: kept here as long as the undo works, and used once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.console.told import LASTS
from service.db import one_time
from service.db.keyring import seal, unseal
from service.problems import Conflict

KEPT = "kept"
"""The field of an undo that names what is kept."""
_PURPOSE = "console undo"


def keep(connection: Connection, values: dict[str, Any], now: datetime) -> str:
    """Keep values, encrypted where there is a key; what the field `KEPT` of the undo has to say."""
    return one_time.make(connection, _PURPOSE, seal(connection, _PURPOSE, values), now + LASTS)


def kept(connection: Connection, text: str, now: datetime) -> dict[str, Any]:
    """The values again. Raises Conflict when they were used, or too much time has passed."""
    found = one_time.use(connection, _PURPOSE, text, now)
    if found is None:
        raise Conflict("This was taken back before, or too long ago; nothing was changed")
    values: dict[str, Any] = unseal(connection, _PURPOSE, found[1])
    return values
