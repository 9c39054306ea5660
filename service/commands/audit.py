"""`muster audit`: the log of who changed what."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from service.audit import chain
from service.audit.words import said
from service.commands.common import FAILED, USAGE, DatabaseOption, fail, services_for
from service.db import audit
from service.db.changes import CHANGED

_SIDES = ("before", "after")

app = typer.Typer(
    help="The audit log: who changed what, in a chain that shows tampering.", no_args_is_help=True
)


@app.command()
def verify(
    anchor: Annotated[
        str | None, typer.Option(help="An end that was noted before, SEQ:SEAL; shows a database put back.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Read the whole chain and every decision; name each place where something was changed or taken out."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        try:
            found = chain.verify(connection, anchor)
        except ValueError as error:
            fail(str(error), USAGE)
    for fault in found.faults:
        typer.echo(f"entry {fault.seq}: {fault.detail}")
    typer.echo(f"{found.entries} entries sealed, {found.unsealed} not yet; the chain ends at {found.end}")
    if found.faults:
        fail("The audit log was tampered with, or the key (MUSTER_SECRET_KEY) is another one", FAILED)


@app.command()
def head(database: DatabaseOption = None) -> None:
    """Print where the chain ends, to keep elsewhere: `muster audit verify --anchor` checks against it."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = audit.head(connection)
    typer.echo(f"{found.seq}:{found.seal}" if found else "0:" + chain.START)


@app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=10_000)] = 50,
    decisions: Annotated[bool, typer.Option(help="Whether decisions are listed too.")] = False,
    database: DatabaseOption = None,
) -> None:
    """List entries: time, who, what, to what; below a change the values before and after."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        for each in audit.page(connection, audit.Wanted(decisions=decisions), limit):
            typer.echo(
                f"{each.at:%Y-%m-%d %H:%M:%S}  {each.actor}  {said(each.action, each.detail)}  {each.subject}"
            )
            if each.action == CHANGED:
                before, after = (json.dumps(each.detail[side], ensure_ascii=False) for side in _SIDES)
                typer.echo(f"    {before} -> {after}")
