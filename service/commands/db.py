"""`muster db`: the schema."""

from __future__ import annotations

import typer

from service.app import compose
from service.commands.common import DatabaseOption, settings_with
from service.db import migrate

app = typer.Typer(help="The database's schema.", no_args_is_help=True)


@app.command()
def upgrade(database: DatabaseOption = None) -> None:
    """Bring the schema to this program's version: all of it or nothing. Safe to repeat."""
    services = compose(settings_with(database_url=database))
    migrate.upgrade(services.database)
    services.database.dispose()
    typer.echo(f"The database is at schema {migrate.head()}")


@app.command()
def current(database: DatabaseOption = None) -> None:
    """Say which schema the database is at, and which this program needs."""
    services = compose(settings_with(database_url=database))
    with services.database.read() as connection:
        found = migrate.current(connection)
    services.database.dispose()
    typer.echo(f"database {found or 'empty'}, program {migrate.head()}")
