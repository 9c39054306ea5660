"""`muster demo`: a whole organisation to try things on."""

from __future__ import annotations

import json
import logging
import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from service import server
from service.auth import Scope
from service.commands.common import fail, settings_with
from service.console.app import PATH
from service.db import migrate
from service.demo.load import load
from service.services import Services, compose, now

FILE = Path(".muster") / "demo.db"

CONTACT = {
    "email": "l.vermeer@bergwald-pumpen.de",
    "first_name": "Lotte",
    "last_name": "Vermeer",
    "company": "Bergwald Pumpen",
    "country": "DE",
    "title": "Head of Service",
    "source": "website-demo-form",
}


def demo(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it, or only load it.")] = True,
) -> None:
    """Serve a fresh database with the demo organisation; that of the last time is thrown away."""
    quiet = None if "MUSTER_LOG_LEVEL" in os.environ else "warning"
    settings = settings_with(
        host=host, port=port, database_url=f"sqlite:///{FILE}", processes=1, log_level=quiet
    )
    _throw_away(FILE)
    services = compose(settings)
    key = _prepare(services)
    services.database.dispose()
    if not serve:
        typer.echo(f"The demo is in {FILE}: muster serve --database sqlite:///{FILE}\nAPI key  {key}")
        return
    try:
        server.serve(settings, announce=lambda address: typer.echo(_welcome(address, key)))
    except OSError as error:
        fail(f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}; try --port 0")


def _prepare(services: Services) -> str:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate.upgrade(services.database)
    load(services.database, now(), services.new_id)
    _, key = services.keys.create("demo", frozenset({Scope.ADMIN}))
    return key


def _throw_away(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _welcome(address: str, key: str) -> str:
    body = shlex.quote(json.dumps(CONTACT, ensure_ascii=False))
    return (
        f"Console  {address}{PATH}/\n"
        f"API key  {key}\n"
        "Send a contact:\n"
        f"curl -s {address}/v1/contacts -H 'Authorization: Bearer {key}'"
        f" -H 'Content-Type: application/json' -d {body}\n"
        "Ctrl-C stops it."
    )
