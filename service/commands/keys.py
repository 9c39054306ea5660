"""`muster keys`: API keys."""

from __future__ import annotations

from typing import Annotated

import typer

from service.auth import Scope
from service.commands.common import FAILED, DatabaseOption, fail, services_for

app = typer.Typer(help="API keys with scopes.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for, e.g. `web form`.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; given several times, all of it.")],
    database: DatabaseOption = None,
) -> None:
    """Make a key and print it. It is shown this once and not kept."""
    with services_for(database) as services:
        _, text = services.keys.create(name, frozenset(scope))
    typer.echo(text)


@app.command("list")
def list_keys(database: DatabaseOption = None) -> None:
    """List every key, newest first: id, scopes, state, name."""
    with services_for(database) as services:
        for key in services.keys.listed():
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
            used = f"used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
            typer.echo(f"{key.id}  {','.join(key.scopes)}  {state}  {used}  {key.name}")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `muster keys list` shows it.")],
    database: DatabaseOption = None,
) -> None:
    """End a key. It is refused from the next request on."""
    with services_for(database) as services:
        if not services.keys.revoke(key_id):
            fail(f"There is no key with the id {key_id}", FAILED)
    typer.echo(f"Revoked {key_id}")
