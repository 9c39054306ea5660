"""The SQL of a statement, written out once for all tests of a process.

SQLAlchemy keeps what it has made of a statement with the engine, and every
test has an engine of its own. Writing the same statements out again for each
was a sixth of the suite's time.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache

from service.db import keyring

_STATEMENTS = 4_000
"""More than the program has, bounded because some have as many values as a test gives."""


class _Compiled(LRUCache[Any, Any]):
    """Statements by what they say and the kind of database, not by the engine: ours are all made alike."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


def share() -> None:
    """From now on every `service.db.engine.Database` of this process uses what any of them compiled."""
    compiled = _Compiled(_STATEMENTS)

    @event.listens_for(Engine, "engine_connect")
    def use(connection: Connection) -> None:
        if keyring.OPTION in connection.get_execution_options():  # an engine of ours
            connection.execution_options(compiled_cache=compiled)
