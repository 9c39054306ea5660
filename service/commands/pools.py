"""`muster pools`: what stands in the pools, who is next, how fair it was; and files of pools.

Exit codes: 0 done, 1 nothing was stored, 3 the file cannot be read, 4 there is no such pool.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from sqlalchemy import Connection

from routing.rotation.fairness import Fairness, MemberFairness
from routing.types.people import RepId
from routing.types.pools import PoolName, PoolState
from service.commands.common import FAILED, INVALID, DatabaseOption, fail, services_for, start_of
from service.db import ledger, pools
from service.db.ledger import Line
from service.pools import asking
from service.pools import files as pool_files
from service.pools.files import BadPools
from service.pools.naming import strangers

app = typer.Typer(help="Pools: who is next, who got which turn, how fair it was.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The pool's name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Since = Annotated[str, typer.Option(help="From when on: `30d`, `12 hours`, or a date.")]

_FAIRNESS = TypeAdapter(Fairness)
_LINE = TypeAdapter(Line)


@app.command("list")
def list_(database: DatabaseOption = None) -> None:
    """Every pool: how it chooses, its members with their turns, and what may surprise in its settings."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        states = pools.every(connection)
        strange = strangers(connection, states)
        for state in states:
            members = ", ".join(
                f"{m.rep} {m.turns}" + (f" (x{m.weight})" if m.weight != 1 else "") for m in state.members
            )
            typer.echo(f"{state.name}: {state.settings.choose}, {state.turn} turns: {members or 'nobody'}")
            for warning in (*strange[state.name], *asking.warnings(state)):
                typer.echo(f"    {warning}")


@app.command("next")
def next_(
    name: Name,
    draws: Annotated[int, typer.Option(min=1, max=100, help="How many draws ahead.")] = 5,
    database: DatabaseOption = None,
) -> None:
    """Say who is next, and why. Nothing is drawn."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        _find(connection, name)
        for each in asking.preview(connection, PoolName(name), services.now(), draws):
            typer.echo(each.move.rep or "nobody")
            for sentence in each.because:
                typer.echo(f"    {sentence}")


@app.command("ledger")
def ledger_(
    name: Name,
    rep: Annotated[str | None, typer.Option(help="Only entries of this rep.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    as_json: AsJson = False,
    database: DatabaseOption = None,
) -> None:
    """List what changed the turns, the newest first."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        state = _find(connection, name)
        only = RepId(rep) if rep else None
        for line in ledger.page(connection, state.name, limit=limit, rep=only):
            typer.echo(_LINE.dump_json(line) if as_json else _entry(line))


@app.command("fairness")
def fairness(
    name: Name, since: Since = "30d", as_json: AsJson = False, database: DatabaseOption = None
) -> None:
    """Set expected against actual turns of each rep, and say what each gap is made of."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        now = services.now()
        report = asking.report(
            connection, _find(connection, name), start_of(since, now), now + timedelta(seconds=1)
        )
    if as_json:
        typer.echo(_FAIRNESS.dump_json(report))
        return
    typer.echo(f"{report.turns} turns of '{name}' since {since}")
    for member in report.members:
        for line in _member(member):
            typer.echo(line)


@app.command()
def export(database: DatabaseOption = None) -> None:
    """Write every pool as YAML that `muster import pools` takes, defaults left out."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        typer.echo(pool_files.written(pools.every(connection)), nl=False)


def import_pools(file: Path, database: str | None) -> None:
    """Store the pools of a YAML file, all or none. Safe to repeat."""
    try:
        records = pool_files.read(file.read_text(encoding="utf-8"))
        with services_for(database) as services:
            now = services.now()
            stored = services.database.transact(lambda c: pool_files.store(c, records, now))
            with services.database.read() as connection:
                strange = strangers(connection, [s for r in records if (s := pools.get(connection, r.name))])
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {error}", INVALID)
    except BadPools as bad:
        fail("\n".join([*bad.faults, "Nothing was stored."]), INVALID)
    for each in stored:
        typer.echo(f"{each.external_id}: {each.outcome}", err=True)
    for name, warnings in strange.items():
        for warning in warnings:
            typer.echo(f"{name}: {warning}", err=True)


def _find(connection: Connection, name: str) -> PoolState:
    state = pools.get(connection, name)
    if state is None:
        known = ", ".join(each.name for each in pools.every(connection))
        fail(f"There is no pool '{name}'; there are {known}", FAILED)
    return state


def _entry(line: Line) -> str:
    number = f" {line.turn}" if line.turn is not None else ""
    amount = f" {line.amount:+d}" if line.amount else ""
    passed = "; ".join(f"{why}: {', '.join(reps)}" for why, reps in sorted(line.skipped.items()))
    said = " ".join(
        filter(None, (f"({passed})" if passed else "", line.reason or "", line.by and f"by {line.by}"))
    )
    return f"{line.at:%Y-%m-%d %H:%M:%S} {line.kind}{number} {line.rep}{amount} {said}".rstrip()


def _member(member: MemberFairness) -> list[str]:
    first = f"{member.rep}: {member.turns} drawn, {member.expected:.1f} expected, {member.gap:+.1f}"
    parts = [
        f"    {gap.turns:+.1f} {gap.reason.replace('_', ' ')}"
        + (
            f", {gap.times} times from {gap.first:%Y-%m-%d %H:%M} to {gap.last:%Y-%m-%d %H:%M}"
            if gap.first and gap.last
            else ""
        )
        for gap in member.gaps
    ]
    changes = [
        f"    {change.kind} on {change.at:%Y-%m-%d %H:%M}"
        + (f", weight {change.weight:g}" if change.weight is not None else "")
        for change in member.changes
    ]
    return [first, *parts, *changes]
