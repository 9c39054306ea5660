"""`muster sources`: what other systems sent, what it was read as, and what waits for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from service.commands.common import FAILED, DatabaseOption, fail, services_for
from service.db import inbox, sources
from service.db.inbox import State

app = typer.Typer(help="The systems that contacts come from.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The source's name, as `muster sources list` shows it.")]


@app.command("list")
def list_sources(database: DatabaseOption = None) -> None:
    """List every source: its kind, when it was last heard of, and how many items wait or need a person."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        lags, counts = inbox.lags(connection), inbox.counts(connection)
        for source in sources.listed(connection):
            lag = lags.get(source.name)
            heard = f"heard {lag.last_received:%Y-%m-%d %H:%M:%S}" if lag and lag.last_received else "silent"
            took = f"  took {lag.last_seconds:.1f} s" if lag and lag.last_seconds is not None else ""
            states = (State.WAITING, State.FETCHING, State.QUARANTINED, State.CONFLICT)
            told = [f"{counts[source.name, s]} {s.value}" for s in states if counts.get((source.name, s))]
            paused = "" if source.active else "  paused"
            waits = ", ".join(told) or "nothing waits"
            typer.echo(f"{source.name}  {source.kind}  {heard}{took}  {waits}{paused}")


@app.command()
def show(
    name: Name,
    state: Annotated[State | None, typer.Option(help="Only items in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 10,
    database: DatabaseOption = None,
) -> None:
    """Show what a source sent last, the newest first: the body as it came and what became of it."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        if sources.get(connection, name) is None:
            fail(f"There is no source with the name {name}", FAILED)
        for entry in inbox.page(connection, name, state, None, limit):
            about = entry.decision_id or entry.problem or ""
            typer.echo(f"{entry.id}  {entry.received_at:%Y-%m-%d %H:%M:%S}  {entry.state.value}  {about}")
            typer.echo(f"    {entry.body.decode()}")


@app.command()
def retry(
    name: Name,
    item: Annotated[int | None, typer.Option(help="The id of one item; else all in quarantine.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Have quarantined items read again by the mapping as it is now, and decided by the worker."""
    with services_for(database) as services:
        now = services.now()
        done = services.database.transact(lambda c: inbox.retry(c, name, item, now))
        if not done:
            fail("Nothing of this source waits for a person under this id", FAILED)
    typer.echo(f"{done} will be decided")
