"""`muster rematch`: whose match changes after accounts or answers changed, and deciding them anew."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Annotated

import typer
from pydantic import TypeAdapter

from matching.types import AccountId
from service.commands.common import USAGE, DatabaseOption, fail, services_for, start_of
from service.db import accounts, contacts
from service.stewardship.rematch import Difference, Place, Rematch, Which

_DIFFERENCE = TypeAdapter(Difference)


def rematch(
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Contacts that are or may be on this account.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Contacts heard of since: `30d`, `12 hours`, or a date.")
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Every contact.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Decide anew the contacts that differ.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Show the contacts whose match would change now, and why. Changes nothing without --apply."""
    if (account is not None) + (since is not None) + everyone != 1:
        fail("Say which contacts: one of --account ID, --since 30d and --all", USAGE)
    kinds: Counter[str] = Counter()
    with services_for(database, set_up=False) as services:
        start = start_of(since, services.now()) if since is not None else None
        which = Which(account_id=AccountId(account) if account is not None else None, since=start)
        with services.database.read() as connection:
            length = contacts.count(connection, start)
            if account is not None and accounts.get(connection, account) is None:
                typer.echo(
                    f"No account has the id {account} now; contacts that were on it are looked at", err=True
                )
        again = Rematch(services.database, services.flow)
        after: int | None = 0
        lines = sys.stdout.isatty()  # which show how far it is, and would break a bar
        hidden = lines or not sys.stderr.isatty()  # a file would get the beginning of a bar
        with typer.progressbar(length=length, label="contacts", file=sys.stderr, hidden=hidden) as bar:
            while after is not None:
                found = again.look(which, after=after, apply=apply)
                for each in found.differences:
                    kinds[f"{each.before.outcome} -> {each.after.outcome}"] += 1
                    typer.echo(_DIFFERENCE.dump_json(each) if as_json else _line(each))
                bar.update(found.seen)
                after = found.next_after
    if not as_json:
        typer.echo(_summary(kinds, apply))


def _line(difference: Difference) -> str:
    who = difference.contact_id or difference.decision_id
    company = f" ({difference.company})" if difference.company else ""
    move = f"{_place(difference.before)} -> {_place(difference.after)}"
    return f"{who}{company}: {move}\n    {difference.because}"


def _place(place: Place) -> str:
    return f"{place.outcome} {place.account_id}" if place.account_id else str(place.outcome)


def _summary(kinds: Counter[str], applied: bool) -> str:
    if not kinds:
        return "No match changes."
    by_kind = ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common())
    done = "decided anew" if applied else "that would change; --apply decides them anew"
    return f"Contacts {done}: {kinds.total():,} ({by_kind})"
