"""`muster program engagement`, `activations` and `signals`: what is heard of accounts, and what followed."""

from __future__ import annotations

from typing import Annotated

import typer

from routing.types.facts import ProgramTier
from service.commands.common import FAILED, DatabaseOption, fail, services_for
from service.commands.files import run
from service.commands.zoned import Zoned, of_program
from service.db.engagement import activations as activations_db
from service.db.engagement import signals as signals_db
from service.db.engagement.activations import Activation
from service.db.engagement.signals import Signal, Wanted
from service.db.program import settings as stored
from service.engagement.report import EngagementDetail, detail, ranked
from service.engagement.unplaced import Unplaced
from service.program.core.settings import Activating
from service.program.parts import Parts
from service.services import Services

signals = typer.Typer(help="Signals on no account: list them, put them on one, match them again.")

MostOption = Annotated[int, typer.Option(min=1, max=5000, help="How many at most.")]


def engagement(
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help="Of this account, with why; else all by score.")
    ] = None,
    tier: Annotated[ProgramTier | None, typer.Option(help="Of one tier only.")] = None,
    most: MostOption = 50,
    database: DatabaseOption = None,
) -> None:
    """List accounts by their score now, the highest first; or show one with what its score is made of."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        now = services.now()
        if account is not None:
            found = detail(connection, account, now)
            if found is None:
                fail("There is no account with this id, and no signal of it", FAILED)
            _explain(found, of_program(stored.current(connection)))
            return
        listed = ranked(connection, now, tier=tier, limit=most)
        for _, each in listed:
            said = f"{each.tier or '-'}  {each.stage or '-'}  {each.name or ''}"
            typer.echo(f"{each.score:>9.1f}  {_people(each.people):>10}  {each.account}  {said}")
    if not listed:
        typer.echo(f"Nothing was heard of an account{f' of the tier {tier}' if tier else ''} yet", err=True)


def activations(
    account: Annotated[str | None, typer.Option(help="Of one account only.")] = None,
    tier: Annotated[ProgramTier | None, typer.Option(help="Of one tier only.")] = None,
    most: MostOption = 50,
    database: DatabaseOption = None,
) -> None:
    """List what signals activated, the newest first, with the decision that followed."""
    wanted = activations_db.Wanted(account=account, tier=tier)
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = activations_db.page(connection, wanted, before=None, limit=most)
        settings = stored.current(connection)
    if not found:
        typer.echo(_none_activated(settings.activation), err=True)
        return
    zoned = of_program(settings)
    zoned.note()
    for each in found:
        typer.echo(_activation(each, zoned))


@signals.command("unmatched")
def unmatched(most: MostOption = 50, database: DatabaseOption = None) -> None:
    """List signals that are on no account, those that came last first."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = signals_db.page(connection, Wanted(unplaced=True), before=None, limit=most)
        count = signals_db.count_unplaced(connection)
        zoned = of_program(stored.current(connection))
    for each in found:
        typer.echo(_signal(each, zoned))
    typer.echo(f"{_signals(count)} on no account; times are in {zoned.zone}", err=True)


@signals.command("place")
def place(
    signal: Annotated[int, typer.Argument(metavar="ID", help="The signal's id.")],
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's external id.")],
    alike: Annotated[bool, typer.Option(help="Also those that say the same of their company.")] = True,
    by: Annotated[str, typer.Option("--by", help="Who does it, as it goes on record.")] = "cli",
    database: DatabaseOption = None,
) -> None:
    """Put a signal on an account."""
    with services_for(database) as services:
        moved = run(lambda: _unplaced(services).put(signal, account, by, alike=alike))
    typer.echo(f"{_signals(len(moved))} on {account} now that {'was' if len(moved) == 1 else 'were'} not")


@signals.command("retry")
def retry(database: DatabaseOption = None) -> None:
    """Match all signals that are on no account again."""
    with services_for(database) as services:
        tried = _unplaced(services).retry()
    typer.echo(f"{tried.placed:,} of {tried.tried:,} found their account")


def _unplaced(services: Services) -> Unplaced:
    return Unplaced(Parts(database=services.database, clock=services.clock, new_id=services.new_id))


def _explain(found: EngagementDetail, zoned: Zoned) -> None:
    typer.echo(f"{found.account}  {found.name or ''}  {found.tier or 'outside the program'}")
    typer.echo(f"score {found.score:.1f}, {_people(found.people)} in {found.people_days} days")
    zoned.note()
    for kind in found.kinds:
        typer.echo(f"  {kind.points:>9.1f}  {kind.kind}")
    for stage in found.stages:
        typer.echo(f"  {stage.stage}, says {stage.source} ({zoned.day(stage.at)})")
    for why in found.why:
        said = "  ".join(part for part in (why.person, why.topic, why.stage) if part)
        typer.echo(f"  {why.points:>9.1f}  {zoned.day(why.at)}  {why.kind}  {said}".rstrip())
    for each in found.activations:
        typer.echo(_activation(each, zoned))


def _activation(each: Activation, zoned: Zoned) -> str:
    then = each.decision_id or each.problem or "waits to be decided"
    return (
        f"{zoned.time(each.at)}  {each.account}  {each.kind}  score {each.score:.1f}, {_people(each.people)}"
        f"  until {zoned.day(each.until)}  {then}"
    )


def _none_activated(rule: Activating) -> str:
    """Why there may be no activation: what one takes, by the settings in force."""
    ways = [f"a score of {rule.score:g}", f"{_people(rule.people)} who engage"]
    ways += [f"the stage {stage}" for stage in rule.stages]
    tiers = " or ".join(rule.tiers) or "none (activation.tiers)"
    return (
        f"No activation. It takes {' or '.join(ways)}, "
        f"and a signal of the last {rule.late_days} days of an account whose tier is {tiers}"
    )


def _signal(each: Signal, zoned: Zoned) -> str:
    said = ", ".join(str(value) for value in (*each.said.values(), each.email, each.contact) if value)
    likely = f"  likely {each.likely[0].account} ({each.likely[0].score:.2f})" if each.likely else ""
    return f"{each.id}  {zoned.day(each.at)}  {each.source}  {each.kind}  {said}{likely}"


def _signals(count: int) -> str:
    return "1 signal is" if count == 1 else f"{count:,} signals are"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
