"""`muster serve`: the API and the console."""

from __future__ import annotations

import os
from typing import Annotated

import structlog
import typer

from service import log, server
from service.commands.common import DatabaseOption, check_schema, fail, settings_with
from service.services import compose
from service.settings import unknown_variables


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    database: DatabaseOption = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve; PostgreSQL only.")] = None,
    worker: Annotated[
        bool | None, typer.Option("--worker/--no-worker", help="Do the worker's jobs too, or leave them.")
    ] = None,
) -> None:
    """Serve the API and the console until stopped. On SQLite the worker runs inside."""
    settings = settings_with(host=host, port=port, database_url=database, processes=workers, worker=worker)
    if settings.sqlite and settings.processes > 1:
        fail("SQLite is served by one process; set MUSTER_DATABASE_URL to a PostgreSQL database for more")
    log.configure(settings.log_level)
    for name in unknown_variables(os.environ):
        structlog.get_logger("muster").warning("unknown setting", variable=name)
    services = compose(settings)
    check_schema(services)
    services.database.dispose()
    try:
        server.serve(settings, announce=lambda address: typer.echo(f"Muster is at {address}", err=True))
    except OSError as error:
        fail(f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}")
