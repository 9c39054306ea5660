"""The schema's version: what the database is at, what this program needs, and the way up.

The revisions are in the `migrations` package and travel with the installed
program, so no file beside it is needed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text

import migrations
from service.db.engine import Database

_LOCK = 7_266_301  # of the advisory lock that lets one process upgrade at a time


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings: our revisions, run on ``connection``."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(migrations.__file__).parent))
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.attributes["connection"] = connection
    return settings


def revisions() -> list[str]:
    """Every revision of the program, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()][::-1]


@cache
def head() -> str | None:
    """The revision this program works with; finding it reads every migration."""
    return ScriptDirectory.from_config(config()).get_current_head()


def current(connection: Connection) -> str | None:
    """The revision the database is at, None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(database: Database) -> bool:
    """Whether the database is at the revision this program works with."""
    with database.read() as connection:
        return current(connection) == head()


def upgrade(database: Database) -> None:
    """Bring the schema to head: everything or nothing, and nothing when it is there already.

    Safe to call from several processes at once; the later ones wait and find
    the work done.
    """
    working = _without_foreign_keys(database) if database.sqlite and database.url.database else database
    try:
        with working.write() as connection:
            if not database.sqlite:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            command.upgrade(config(connection), "head")
            if database.sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                raise RuntimeError("the upgrade would break references between rows; nothing was changed")
    finally:
        if working is not database:
            working.dispose()


def _without_foreign_keys(database: Database) -> Database:
    """The same database for rebuilding tables: SQLite would cascade from the dropped old table."""
    rebuilding = Database(database.url.render_as_string(hide_password=False))

    @event.listens_for(rebuilding.engine, "connect")
    def relax(connection: object, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]

    return rebuilding
