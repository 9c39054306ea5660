"""`muster policy`: the numbers of matching, refitted on a company's own answers, activated by a person."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import Annotated

import typer

from matching.policy import MatchPolicy, default_policy, to_yaml
from matching.refit import Tally, refit
from service.commands.common import FAILED, USAGE, DatabaseOption, fail, services_for
from service.commands.policy_file import read_policy
from service.db import policies
from service.db.engine import Database
from service.stewardship import tuning
from service.stewardship.policy_slips import unsaid

app = typer.Typer(help="The numbers of matching: points, thresholds, switches.", no_args_is_help=True)

FEW = 100
"""Answers below which what a draft changes is hardly known: to worse than ten in a hundred."""

File = Annotated[Path, typer.Argument(metavar="FILE", help="A policy, as `muster policy show` prints it.")]


@app.command()
def show(
    version: Annotated[str | None, typer.Argument(help="A version; default: the live one.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Print a policy as a file that can be changed and activated."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        live = services.flow.policy(connection)
        found = live if version in (None, live.version) else policies.get(connection, str(version))
    if found is None:
        fail(f"No policy of version {version} is on record", FAILED)
    typer.echo(f"# version {found.version}\n{to_yaml(found)}", nl=False)


@app.command()
def check(file: File) -> None:
    """Say whether a file is a policy, and what would be right where it is not."""
    policy = read_policy(file)
    typer.echo(f"{file}: good, version {policy.version}")
    if missing := unsaid(policy):
        typer.echo(f"It says nothing of {', '.join(missing)}: they count 0 points.")


@app.command(name="refit")
def refit_(
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the draft goes; it decides nothing yet.")
    ] = Path("policy-draft.yaml"),
    name: Annotated[str, typer.Option(help="What the draft is called.")] = tuning.OWN,
    database: DatabaseOption = None,
) -> None:
    """Fit the points to the answers of your review queue: a draft, with what it changes beside today's.

    The figures are of answers that the fit they are judged by has not seen.
    """
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        policy = services.flow.policy(connection)
        cases = list(tuning.answered(connection, policy))
    try:
        found = refit(cases, policy, name)
    except ValueError as short:
        fail(f"{len(cases)} answers of the review queue can be used: {short}", FAILED)
    typer.echo("\n".join(_table(found.before, found.after)))
    if found.before.answers < FEW:
        typer.echo("That is few to go by: answer more reviews before you activate the draft.")
    out.write_text(to_yaml(found.policy), encoding="utf-8")
    if found.after.loss >= found.before.loss:
        typer.echo("The policy in force foretells these answers as well or better: keep it.")
    typer.echo(f"Draft: {out}. It decides after: muster policy activate {out} --author YOU --reason WHY")


@app.command()
def activate(
    author: Annotated[str, typer.Option(help="Who activates it.")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The policy's file.")] = None,
    version: Annotated[str | None, typer.Option(help="A version on record instead of a file.")] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="The policy that ships, instead.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Let a policy decide from now on. `muster rematch` shows whose match would change."""
    if (file is not None) + (version is not None) + shipped != 1:
        fail("Say which policy: one of FILE, --version and --shipped", USAGE)
    policy = read_policy(file) if file is not None else None
    with services_for(database) as services:
        if version is not None:
            policy = _on_record(services.database, version)
        tuning.activate(services.database, policy, author=author, reason=reason, now=services.now)
    live = policy or default_policy()
    typer.echo(f"Policy {live.version} ({live.name}) decides from now on. See: muster rematch --since 30d")


@app.command()
def history(database: DatabaseOption = None) -> None:
    """List which policy decided from when, newest first."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = policies.activations(connection)
    for each in found:
        why = f": {each.reason}" if each.reason else ""
        typer.echo(f"{each.at:%Y-%m-%d %H:%M} {each.version or 'shipped'} by {each.author}{why}")
    if not found:
        typer.echo(f"The policy that ships (now {default_policy().version}) has decided from the start.")


def _on_record(database: Database, version: str) -> MatchPolicy:
    with database.read() as connection:
        found = policies.get(connection, version)
    if found is None:
        fail(f"No policy of version {version} is on record", FAILED)
    return found


def _table(before: Tally, after: Tally) -> list[str]:
    rows = [
        ("matched without a person", before.matched, after.matched),
        ("  of them wrong", before.matched_wrong, after.matched_wrong),
        ("for review", before.review, after.review),
        ("  of them with the right account first", before.review_right, after.review_right),
        ("unmatched", before.unmatched, after.unmatched),
        ("  of them with an account", before.unmatched_wrong, after.unmatched_wrong),
    ]
    lines = [f"{before.answers} answers{'':29} {'now':>8} {'draft':>8}"]
    lines += [f"{what:40} {one:8} {two:8}" for what, one, two in rows]
    lines.append(f"{'loss (lower foretells better)':40} {before.loss:8.3f} {after.loss:8.3f}")
    return [
        *lines,
        f"Of {before.answers} answers a share is known to about {_uncertain(before.answers)} in a hundred.",
    ]


def _uncertain(answers: int) -> int:
    """Return two standard errors of a share near a half of so many answers, in hundredths, at least 1."""
    return max(1, round(100 / sqrt(answers)))
