"""The program's settings, version by version, and the lock under which its places are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from service.db.once import insert_once
from service.db.tables import program_settings as table
from service.db.tables import program_state
from service.program.core.settings import ProgramSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the settings; ``version`` 0 with no author are the defaults, before anybody chose."""

    version: int
    settings: ProgramSettings
    author: str | None
    reason: str | None
    at: datetime | None


DEFAULTS = Version(version=0, settings=ProgramSettings(), author=None, reason=None, at=None)


def lock(connection: Connection) -> None:
    """Have whoever else changes tiers or approves wait until this transaction has ended."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(program_state).values(id=1, changes=1)
    again = first.on_conflict_do_update(index_elements=["id"], set_={"changes": program_state.c.changes + 1})
    connection.execute(again)


def newest(connection: Connection) -> Version:
    """The version in force."""
    row = connection.execute(select(table).order_by(table.c.version.desc()).limit(1)).first()
    return DEFAULTS if row is None else _version(row)


def current(connection: Connection) -> ProgramSettings:
    """The settings in force."""
    return newest(connection).settings


def history(connection: Connection, limit: int = 100) -> Sequence[Version]:
    """The versions there were, newest first."""
    query = select(table).order_by(table.c.version.desc()).limit(limit)
    return [_version(row) for row in connection.execute(query)]


def add(connection: Connection, made: Version) -> bool:
    """Store a version; False, and no change, when there is one of that number."""
    values = {
        "version": made.version,
        "document": made.settings.model_dump(mode="json"),
        "author": made.author,
        "reason": made.reason,
        "at": made.at,
    }
    return insert_once(connection, table, values)


def _version(row: Row[Any]) -> Version:
    return Version(
        version=row.version,
        settings=ProgramSettings.model_validate(row.document),
        author=row.author,
        reason=row.reason,
        at=row.at,
    )
