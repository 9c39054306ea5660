"""What commands share: settings with options above them, an open database, how to end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer
from typer._click.globals import get_current_context  # typer's own click: that of the package knows nothing

from routing.durations import parse_time, parse_window
from service.audit.log import Act, as_actor
from service.db import migrate
from service.db.engine import Database
from service.services import Services, compose
from service.settings import Settings
from service.stewardship import rekeying

USAGE = 2
INVALID = 3
FAILED = 4

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///PATH or postgresql://...", show_default=False),
]


def settings_with(**given: Any) -> Settings:
    """The settings of the environment, with the options that were given above them."""
    return Settings.from_env(os.environ, **given)


@contextmanager
def services_for(database: str | None, *, set_up: bool = True) -> Iterator[Services]:
    """The application's parts over a database that is at this program's schema.

    An empty one is set up, or ends the program where nothing is to be written (``set_up`` false).
    """
    services = compose(settings_with(database_url=database))
    try:
        if not set_up:
            _check_there_is_one(services)
        check_schema(services)
        with as_actor(_act(), services.now):
            yield services
    finally:
        services.database.dispose()


def _act() -> Act:
    """What goes on record of a command that changes something: `muster people add`, however it was called."""
    context = get_current_context(silent=True)
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.append(context.info_name or "")
        context = context.parent
    return Act(actor="command line", actor_id="", action=" ".join(["muster", *reversed(names)]), subject="")


def _check_there_is_one(services: Services) -> None:
    """End the program when there is no database, or an empty one."""
    if file := missing_file(services.database):
        fail(f"There is no database at {file}; muster db upgrade makes one")
    with services.database.read() as connection:
        if migrate.current(connection) is None:
            fail("The database is empty; muster db upgrade sets it up")


def missing_file(database: Database) -> Path | None:
    """The file of a database that is not there yet: to look into it would make it."""
    file = Path(database.url.database) if database.sqlite and database.url.database else None
    return file if file is not None and file.parent.is_dir() and not file.exists() else None


def check_schema(services: Services) -> None:
    """Set an empty database up; end the program when its schema is of another version."""
    with services.database.read() as connection:
        current = migrate.current(connection)
    if current is None:
        migrate.upgrade(services.database)
    elif current != migrate.head():
        fail(f"The database is at schema {current}; this program needs {migrate.head()}: muster db upgrade")
    if not rekeying.are_current(services.database):
        fail("The accounts are stored with keys of another version, so contacts would not find them: "
             "muster db rebuild-keys")  # fmt: skip


def start_of(since: str, now: datetime, zone: str = "UTC") -> datetime:
    """The moment that an option such as `30d` or 2026-03-01 goes back to; ends the program for another."""
    window, clocks = parse_window(since), ZoneInfo(zone)
    found = window.before(now, clocks) if window is not None else parse_time(since, clocks)
    if found is None:
        fail("--since takes a span such as 30d or `12 hours`, or a date such as 2026-03-01", USAGE)
    return found.astimezone(UTC)


def fail(message: str, code: int = USAGE) -> NoReturn:
    """Say why on standard error and end the program."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
