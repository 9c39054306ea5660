"""`muster keys`: API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from service.auth import Scope
from service.commands.common import FAILED, DatabaseOption, fail, services_for
from service.db.keys import ApiKey

BY = "command line"
"""Who goes on record for what is done on the command line."""

app = typer.Typer(help="API keys with scopes.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for, e.g. `web form`.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; given several times, all of it.")],
    days: Annotated[
        int | None, typer.Option(help="How long it works; without it, until revoked.", min=1)
    ] = None,
    person: Annotated[str | None, typer.Option(help="Whose it is: their e-mail address.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Make a key and print it. It is shown this once and not kept."""
    with services_for(database) as services:
        whose = services.people.by_email(person) if person else None
        if person and whose is None:
            fail("Nobody with this address may sign in; see `muster people list`", FAILED)
        ends = services.now() + timedelta(days=days) if days else None
        _, text = services.keys.create(
            name, frozenset(scope), expires_at=ends, person=whose.id if whose else None, created_by=BY
        )
    typer.echo(text)


@app.command("list")
def list_keys(database: DatabaseOption = None) -> None:
    """List every key, newest first: id, scopes, state, name."""
    with services_for(database, set_up=False) as services:
        for key in services.keys.listed():
            state = _state(key, services.now())
            used = f"used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
            typer.echo(f"{key.id}  {','.join(key.scopes)}  {state}  {used}  {key.name}")


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "active"
    return (
        f"active until {key.expires_at:%Y-%m-%d}" if key.works(now) else f"expired {key.expires_at:%Y-%m-%d}"
    )


@app.command()
def rotate(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `muster keys list` shows it.")],
    overlap: Annotated[
        float, typer.Option(help="For how many hours the text before still works.", min=0)
    ] = 24,
    database: DatabaseOption = None,
) -> None:
    """Make a new text for a key and print it; the one before works a while longer."""
    with services_for(database) as services:
        text = services.keys.rotate(key_id, timedelta(hours=overlap))
        if text is None:
            fail(f"There is no key in use with the id {key_id}", FAILED)
    typer.echo(text)


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
