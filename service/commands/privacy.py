"""`muster privacy`: personal data, exported and erased by e-mail address."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from service.commands.common import FAILED, DatabaseOption, fail, services_for
from service.commands.keys import BY
from service.db import erasures
from service.privacy.erase import Eraser
from service.privacy.export import export

app = typer.Typer(help="Personal data: export and erase by e-mail address.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="The contact's e-mail address.")]


@app.command("export")
def export_data(email: Email, database: DatabaseOption = None) -> None:
    """Print everything that is stored about a contact, as JSON."""
    with services_for(database, set_up=False) as services:
        typer.echo(json.dumps(export(services.database, email), ensure_ascii=False, indent=2))


@app.command()
def erase(
    email: Email,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Erase everything about a contact, for good, and keep them out from now on."""
    if not yes:
        typer.confirm(f"Erase everything about {email}? It cannot be brought back", abort=True)
    with services_for(database) as services:
        eraser = Eraser(database=services.database, now=services.now, new_id=services.new_id)
        made = eraser.erase(email, BY)
    counts = (
        ", ".join(f"{count} {table}" for table, count in sorted(made.erased.items())) or "nothing was stored"
    )
    typer.echo(f"Erased ({made.id}): {counts}")


@app.command()
def lift(
    erasure_id: Annotated[
        str, typer.Argument(help="The erasure's id, as `muster privacy erase` printed it.")
    ],
    database: DatabaseOption = None,
) -> None:
    """Take events of the address in again, from now on."""
    with services_for(database) as services:
        now = services.now()
        found = services.database.transact(lambda c: erasures.lift(c, erasure_id, BY, now))
    if found is None:
        fail(f"There is no erasure with the id {erasure_id}", FAILED)
    typer.echo("Lifted")
