"""`muster db`: the schema."""

from __future__ import annotations

import typer

from service.commands.common import DatabaseOption, missing_file, settings_with
from service.db import migrate
from service.db.engine import Database
from service.services import compose, now
from service.stewardship import rekeying

_EVERY = 20_000  # accounts between lines about how far the work is

app = typer.Typer(help="The database's schema.", no_args_is_help=True)


@app.command()
def upgrade(database: DatabaseOption = None) -> None:
    """Bring the schema to this program's version: all of it or nothing. Safe to repeat.

    Where this program finds accounts by other keys than are stored, those are made anew as well.
    """
    services = compose(settings_with(database_url=database))
    migrate.upgrade(services.database)
    typer.echo(f"The database is at schema {migrate.head()}")
    if not rekeying.are_current(services.database):
        _rebuild(services.database)
    services.database.dispose()


@app.command()
def rebuild_keys(database: DatabaseOption = None) -> None:
    """Make the keys by which accounts are found anew. Safe to repeat, and while Muster serves."""
    services = compose(settings_with(database_url=database))
    _rebuild(services.database)
    services.database.dispose()


def _rebuild(database: Database) -> None:
    def step(done: int) -> None:
        if done % _EVERY == 0:
            typer.echo(f"{done} accounts", err=True)

    done = rekeying.rebuild(database, now(), step)
    typer.echo(f"The keys of {done} accounts are made anew")


@app.command()
def current(database: DatabaseOption = None) -> None:
    """Say which schema the database is at, and which this program needs."""
    services = compose(settings_with(database_url=database))
    found = None
    if missing_file(services.database) is None:
        with services.database.read() as connection:
            found = migrate.current(connection)
    services.database.dispose()
    typer.echo(f"database {found or 'empty'}, program {migrate.head()}")
