"""`muster replay` and `muster rules plan`: recorded contacts through a draft, and what that changes."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from routing.compiled import Rulebook
from routing.problems import RulebookInvalid
from routing.rulebook import parse
from service.commands import show
from service.commands.common import INVALID, DatabaseOption, fail, services_for, start_of
from service.commands.rulebook_file import read_rulebook
from service.db import recorded, rulebooks
from service.db.recorded import Span
from service.rulebook.comparison import Comparison
from service.rulebook.live import FILE, compiled
from service.rulebook.replay import replay as run
from service.services import Services

Since = Annotated[
    str, typer.Option(help="How far back: `30d`, `12 hours`, `3 months`, or a date such as 2026-03-01.")
]
Limit = Annotated[
    int | None, typer.Option(min=1, help="At most the newest so many contacts.", show_default=False)
]
Changes = Annotated[
    Path | None,
    typer.Option(metavar="FILE.csv", help="Write every changed contact there.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Draft = Annotated[
    Path | None,
    typer.Option("--draft", metavar="FILE", help="The rulebook to try; the stored draft unless given."),
]

_COMPARISON = TypeAdapter(Comparison)


def replay(
    since: Since = "30d",
    draft: Draft = None,
    limit: Limit = None,
    changes: Changes = None,
    as_json: AsJson = False,
    database: DatabaseOption = None,
) -> None:
    """Route recorded contacts through a draft, and set that beside what was decided. Only reads."""
    with services_for(database, set_up=False) as services:
        text = read_rulebook(draft) if draft is not None else _stored_draft(services)
        rulebook = compiled_or_fail(text, str(draft or FILE))
        report(services, rulebook, None, since=since, limit=limit, changes=changes, as_json=as_json)


def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The rulebook.")],
    since: Since = "30d",
    limit: Limit = None,
    changes: Changes = None,
    as_json: AsJson = False,
    database: DatabaseOption = None,
) -> None:
    """Route recorded contacts through the live rulebook and FILE, and show what changes. Only reads."""
    with services_for(database, set_up=False) as services:
        rulebook = compiled_or_fail(read_rulebook(file), str(file))
        live = _live(services)
        report(services, rulebook, live, since=since, limit=limit, changes=changes, as_json=as_json)


def report(
    services: Services,
    draft: Rulebook,
    live: Rulebook | None,
    *,
    since: str,
    limit: int | None,
    changes: Path | None,
    as_json: bool,
) -> None:
    """Compare, with a progress bar on a terminal, and print the result."""
    until = services.now()
    span = Span(since=start_of(since, until), until=until, limit=limit)
    with services.database.read() as connection:
        length = recorded.count(connection, span)
    hidden = not sys.stderr.isatty()  # a file would get the beginning of a bar
    with ExitStack() as stack:
        bar = stack.enter_context(
            typer.progressbar(
                length=length, label="contacts", file=sys.stderr, update_min_steps=500, hidden=hidden
            )
        )
        on_change = lambda _: None  # noqa: E731
        if changes is not None:
            file = stack.enter_context(changes.open("w", encoding="utf-8", newline=""))
            on_change = show.changes_writer(file)
        found = run(
            services.database,
            draft,
            span,
            live=live,
            on_change=on_change,
            on_contact=lambda: bar.update(1),
        )
    if as_json:
        typer.echo(_COMPARISON.dump_json(found, indent=2))
        return
    for line in show.comparison(found):
        typer.echo(line)
    if changes is not None:
        typer.echo(f"\n{found.changed:,} changed contacts are in {changes}")


def compiled_or_fail(text: str, file: str) -> Rulebook:
    """The rulebook; prints what is wrong with it and ends the program when there is none."""
    try:
        return parse(text, file)
    except RulebookInvalid as invalid:
        for problem in invalid.problems:
            typer.echo(show.fault(problem, text))
        raise typer.Exit(INVALID) from None


def _stored_draft(services: Services) -> str:
    with services.database.read() as connection:
        return rulebooks.draft(connection).text


def _live(services: Services) -> Rulebook:
    with services.database.read() as connection:
        version = rulebooks.live_version(connection)
        stored = rulebooks.get(connection, version) if version is not None else None
    if stored is None:
        fail("No rulebook is live yet; `muster replay --draft FILE` compares with what was recorded")
    return compiled(stored.text)
