"""`muster people`: who may sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from service.api.people import invitation_link
from service.auth import Scope
from service.commands.common import FAILED, DatabaseOption, fail, services_for
from service.commands.keys import BY
from service.db.persons import Person
from service.services import Services

app = typer.Typer(help="The people who may sign in to the console.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="Their e-mail address.")]


@app.command()
def add(
    email: Email,
    role: Annotated[list[Scope], typer.Option(help="What they may do; given several times, all of it.")],
    name: Annotated[str | None, typer.Option(help="What they are called.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Invite somebody and print the link with which they set a password: it works once, for a day.

    This is also how the first admin comes in.
    """
    with services_for(database) as services:
        made = services.people.add(email, frozenset(role), name=name, by=BY)
        typer.echo(invitation_link(services, made.text))


@app.command()
def link(email: Email, database: DatabaseOption = None) -> None:
    """Print a new link for somebody who forgot their password; earlier links end."""
    with services_for(database) as services:
        made = services.people.invite(_find(services, email).id)
        typer.echo(invitation_link(services, made.text))


@app.command("list")
def list_people(database: DatabaseOption = None) -> None:
    """List everybody: id, roles, state, address."""
    with services_for(database, set_up=False) as services:
        for each in services.people.listed():
            state = "active" if each.active else "deactivated"
            seen = f"signed in {each.signed_in_at:%Y-%m-%d}" if each.signed_in_at else "never signed in"
            typer.echo(f"{each.id}  {','.join(each.roles)}  {state}  {seen}  {each.email}")


@app.command()
def roles(
    email: Email,
    role: Annotated[list[Scope], typer.Option(help="What they may do from now on.")],
    database: DatabaseOption = None,
) -> None:
    """Give somebody other roles. Their sessions end."""
    with services_for(database) as services:
        found = _find(services, email)
        services.people.change(found.id, name=None, roles=frozenset(role), active=None)
    typer.echo(f"{found.email} may now: {', '.join(sorted(role))}")


@app.command()
def deactivate(email: Email, database: DatabaseOption = None) -> None:
    """Let somebody in no more: their sessions, links and API keys end at once."""
    with services_for(database) as services:
        found = _find(services, email)
        services.people.change(found.id, name=None, roles=None, active=False)
    typer.echo(f"{found.email} may not sign in any more")


@app.command("sign-out")
def sign_out(email: Email, database: DatabaseOption = None) -> None:
    """End every session of somebody."""
    with services_for(database) as services:
        ended = services.people.sign_out(_find(services, email).id)
    typer.echo(f"{ended} sessions ended")


def _find(services: Services, email: str) -> Person:
    found = services.people.by_email(email)
    if found is None:
        fail("Nobody who may sign in has this address; see `muster people list`", FAILED)
    return found
