"""`muster doctor`: the stored state against what Muster promises."""

from __future__ import annotations

from typing import Annotated

import typer

from service.commands.common import DatabaseOption, services_for
from service.doctor import examine

FOUND = 1


def doctor(
    database: DatabaseOption = None,
    replayed: Annotated[
        int, typer.Option(min=0, help="How many of the newest decisions to take again.")
    ] = 1000,
    accounts: Annotated[
        int, typer.Option(min=0, help="Of how many accounts, spread over all of them, to make the keys anew.")
    ] = 10_000,
) -> None:
    """Check the stored state and name each row that breaks a promise. Reads only; exit 1 when one does."""
    count = 0
    with services_for(database, set_up=False) as services:
        for finding in examine(services.database, services.now(), replayed=replayed, accounts=accounts):
            count += 1
            typer.echo(f"{finding.row}: {finding.detail} ({finding.promise})")
    typer.echo(f"{count} broken" if count else "All is well", err=True)
    raise typer.Exit(FOUND if count else 0)
