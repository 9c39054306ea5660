"""`muster hygiene`: what is wrong with the accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import TypeAdapter

from service.commands.common import DatabaseOption, services_for
from service.services import Services
from service.stewardship.hygiene import Finding, Kind, in_words, report

_PAGE = 200
_FINDING = TypeAdapter(Finding)


def hygiene(
    kind: Annotated[
        list[Kind] | None, typer.Option(help="What to look for; all unless given.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Findings of each kind at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Show duplicate accounts, shared and garbage domains, accounts without one. Only reads."""
    with services_for(database, set_up=False) as services:
        for each in kind or list(Kind):
            found = list(_found(services, each, limit))
            if as_json:
                for finding in found:
                    typer.echo(_FINDING.dump_json(finding))
            else:
                typer.echo("\n".join(_section(each, found, limit)))


def _section(kind: Kind, found: list[Finding], limit: int) -> Iterator[str]:
    count = "none" if not found else f"the first {limit:,}" if len(found) == limit else f"{len(found):,}"
    yield f"{kind.replace('_', ' ').capitalize()}: {count}"
    said = ""
    for finding in found:
        words = in_words(finding)
        # What is so of one account after the other is said once.
        if words != said or len(finding.accounts) > 1:
            yield f"  {words}"
        said = words
        for account in finding.accounts:
            yield f"      {account.external_id}  {account.name}  {account.country or ''}".rstrip()


def _found(services: Services, kind: Kind, limit: int) -> Iterator[Finding]:
    """Up to ``limit`` findings, read a page at a time."""
    cursor, left = None, limit
    while left:
        with services.database.read() as connection:
            policy = services.flow.policy(connection)
            page = report(connection, kind, policy, cursor, min(_PAGE, left))
        yield from page.findings[:left]
        left = max(0, left - len(page.findings))
        cursor = page.next_cursor
        if cursor is None:
            return
