"""`muster shadow`: deciding beside another system, and where the two differ. Ends with 0."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import typer
from pydantic import TypeAdapter

from service.commands.common import DatabaseOption, services_for
from service.commands.replay import AsJson
from service.db import shadow
from service.db.shadow import DISAGREEMENTS, Beside, Mode, Verdict
from service.rulebook.beside import ShadowReport
from service.rulebook.beside import report as compared

app = typer.Typer(
    help="Decide beside another system without putting anybody to work, and compare.", no_args_is_help=True
)

Days = Annotated[int, typer.Option(min=1, max=3660, help="How far back.")]

_REPORT = TypeAdapter(ShadowReport)
_LIST = TypeAdapter(list[Beside])


@app.command()
def on(
    field: Annotated[str, typer.Option(help="The custom field with the other system's owner.")],
    author: Annotated[str, typer.Option(help="Who does it.")],
    source: Annotated[
        list[str] | None, typer.Option(help="Only contacts of this source; may be repeated.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """From now on record decisions only: nobody is put to work."""
    with services_for(database) as services:
        mode = Mode(
            sources=frozenset(source) if source else None,
            owner_field=field,
            since=services.now(),
            author=author,
        )
        services.database.transact(lambda connection: shadow.switch(connection, mode))
    typer.echo(_said(mode))


@app.command()
def off(database: DatabaseOption = None) -> None:
    """From now on decide every contact for real."""
    with services_for(database) as services:
        services.database.transact(lambda connection: shadow.switch(connection, None))
    typer.echo(_said(None))


@app.command()
def report(days: Days = 30, as_json: AsJson = False, database: DatabaseOption = None) -> None:
    """Show how the rules and the other system compare, by rule and by day."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = compared(connection, services.now() - timedelta(days=days))
    if as_json:
        typer.echo(_REPORT.dump_json(found, indent=2))
        return
    for line in _lines(found):
        typer.echo(line)


@app.command()
def disagreements(
    rule: Annotated[str | None, typer.Option(help="Only those that this rule decided.")] = None,
    days: Days = 30,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 50,
    as_json: AsJson = False,
    database: DatabaseOption = None,
) -> None:
    """List contacts whose two owners differ, the newest first."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        since = services.now() - timedelta(days=days)
        found = shadow.page(connection, since, DISAGREEMENTS, rule=rule, after=None, limit=limit)
    if as_json:
        typer.echo(_LIST.dump_json(found, indent=2))
        return
    for each in found:
        known = " · ".join(said for said in (each.contact_id, each.email, each.company) if said)
        ours = f"{each.rep or each.outcome} by {each.rule}"
        typer.echo(f"{each.decision_id}  {known}\n      {ours}; the other system: {each.incumbent}")


def _said(mode: Mode | None) -> str:
    if mode is None:
        return "Every contact is decided for real"
    whose = f"Contacts from {', '.join(sorted(mode.sources))} are" if mode.sources else "Every contact is"
    return f"{whose} decided in the shadow; the other system's owner is in '{mode.owner_field}'"


def _lines(found: ShadowReport) -> Iterator[str]:
    yield _said(found.mode)
    yield ""
    yield "".join(["".ljust(32), *(verdict.value.rjust(12) for verdict in Verdict), "disagree".rjust(12)])
    for each in (found.total, *found.by_rule, *found.by_day):
        rate = f"{100 * each.rate:.1f} %" if each.rate is not None else "-"
        counts = (f"{each.verdicts[verdict]:>12,}" for verdict in Verdict)
        yield "".join([each.name[:31].ljust(32), *counts, rate.rjust(12)])
