"""`muster program`: the target account list, nominations, quarters and plans from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from routing.types.facts import ProgramTier
from routing.types.people import RepId
from service.account_report import pdf, sheet
from service.account_report.making import AccountReports, Wish
from service.account_report.values import Report
from service.api.program import SettingsIn, TargetIn
from service.api.program_campaigns import MemberIn
from service.api.program_plans import ProgramPlanIn
from service.commands import engagement, measures
from service.commands import program_words as words
from service.commands.common import FAILED, DatabaseOption, fail, services_for
from service.commands.files import document, read, run, take_rows
from service.commands.zoned import Zoned, of_program
from service.db.program import nominations as nominations_db
from service.db.program import plans as plans_db
from service.db.program import quarters as begun
from service.db.program import settings as stored
from service.program.board import board, targets
from service.program.campaigns import Campaigns, Joining
from service.program.core import quarters
from service.program.core.criteria import Criterion
from service.program.core.review import Verdict, in_order
from service.program.nominations import Nominating, Nominations
from service.program.parts import Actor, Parts
from service.program.plans import Plans
from service.program.reviews import Reviews, Speaking
from service.program.settings import Settings
from service.program.targets import Targets
from service.services import Services

app = typer.Typer(help="The account-based program: tiers, nominations, plans.", no_args_is_help=True)
app.command()(engagement.engagement)
app.command()(engagement.activations)
app.add_typer(engagement.signals, name="signals")
app.command()(measures.measures)
app.command()(measures.rates)

ByOption = Annotated[str, typer.Option("--by", help="Who does it, as it goes on record.")]
AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's external id.")]
NominationArgument = Annotated[str, typer.Argument(metavar="ID", help="The nomination's id.")]
FileArgument = Annotated[Path, typer.Argument(help="A YAML or JSON file.", allow_dash=True)]


@app.command()
def status(database: DatabaseOption = None) -> None:
    """Show the quarters, the window, the places, the strategic accounts and the groups."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = board(connection, services.now())
        zoned = of_program(stored.current(connection))
    for line in words.board(found, zoned):
        typer.echo(line)


@app.command("targets")
def list_targets(
    tier: Annotated[ProgramTier | None, typer.Option(help="Of one tier only.")] = None,
    database: DatabaseOption = None,
) -> None:
    """List the accounts of the program, by id."""
    with services_for(database, set_up=False) as services:
        zoned, after = _zoned(services), ""
        zoned.note()
        while True:
            with services.database.read() as connection:
                settings = stored.current(connection)
                found = targets(connection, settings, services.now(), tier=tier, after=after)
            typer.echo("".join(f"{words.target(each, zoned)}\n" for each in found), nl=False)
            if not found:
                break
            after = found[-1].account
    if not after:
        typer.echo(f"No account is in {f'the tier {tier}' if tier else 'the program'} now", err=True)


@app.command("import")
def import_targets(
    file: Annotated[
        Path, typer.Argument(help="A CSV file with account, tier, reason, and what else there is.")
    ],
    by: ByOption = "cli",
    database: DatabaseOption = None,
) -> None:
    """Put accounts into tiers from a file. Safe to repeat.

    Columns: account, tier, from, until, reason, segment, region, vertical, persona. A day such as 2026-05-01
    begins at midnight in the program's zone. Rows that cannot be taken are written to FILE.errors.csv
    with the reason.
    """
    with services_for(database) as services:
        place, zoned = Targets(_parts(services)).place, _zoned(services)

        def take(row: dict[str, str]) -> None:
            said = TargetIn.model_validate(zoned.moments(row, ("from", "until")))
            place(said.placing(), by)

        take_rows(file, take)


@app.command()
def members(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    file: Annotated[
        Path, typer.Argument(help="A CSV file with contact or email, status, joined_at, responded_at.")
    ],
    database: DatabaseOption = None,
) -> None:
    """Put people into a campaign from a file. Safe to repeat; what is wrong goes to FILE.errors.csv."""
    with services_for(database) as services:
        join, zoned = Campaigns(_parts(services)).join, _zoned(services)

        def take(row: dict[str, str]) -> None:
            said = MemberIn.model_validate(zoned.moments(row, ("joined_at", "responded_at")))
            join(campaign, [Joining(**said.model_dump())])

        take_rows(file, take)


@app.command()
def release(
    account: AccountArgument,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: ByOption = "cli",
    database: DatabaseOption = None,
) -> None:
    """Take an account out of the program."""
    with services_for(database) as services:
        run(lambda: Targets(_parts(services)).release(account, None, reason, by))


@app.command()
def nominate(
    account: AccountArgument,
    rep: Annotated[str, typer.Option(help="The rep who nominates.")],
    criterion: Annotated[
        list[Criterion] | None, typer.Option(help="A criterion that holds; repeat it for several.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What speaks for it.")] = None,
    by: ByOption = "cli",
    database: DatabaseOption = None,
) -> None:
    """Nominate an account for the next quarter, while the window is open."""
    said = Nominating(
        account=account, rep=RepId(rep), criteria=dict.fromkeys(criterion or (), note), note=note
    )
    with services_for(database) as services:
        found, _ = run(lambda: Nominations(_parts(services)).nominate(said, _actor(by)))
        typer.echo(words.nomination(found))
        for each in found.evidence:
            mark = "holds" if each.holds else "not shown"
            typer.echo(f"  {each.criterion:<12} {mark}, {each.count} of {each.needed}")


@app.command()
def nominations(
    quarter: Annotated[str | None, typer.Option(help="Such as FY2027-Q1; the next one unless said.")] = None,
    database: DatabaseOption = None,
) -> None:
    """List the nominations of a quarter, the best ranked first."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        name = quarter or quarters.upcoming(stored.current(connection), services.now()).name
        found = {each.id: each for each in nominations_db.of_quarter(connection, name)}
    for each in in_order(each.standing for each in found.values()):
        typer.echo(words.nomination(found[each]))
    if not found:
        typer.echo(f"There is no nomination for {name}", err=True)


@app.command()
def review(
    nomination: NominationArgument,
    verdict: Annotated[Verdict, typer.Argument(help="approve, waitlist or decline.")],
    side: Annotated[str, typer.Option(help="For whom: sales or marketing.")],
    by: Annotated[str, typer.Option("--by", help="The reviewer; each side is another one.")],
    reason: Annotated[str | None, typer.Option(help="Why; a decline needs one.")] = None,
    rank: Annotated[int | None, typer.Option(min=1, help="Its place in the side's order.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Approve, waitlist or decline a nomination for one side."""
    said = Speaking(side=side, verdict=verdict, reason=reason, rank=rank)
    with services_for(database) as services:
        found = run(lambda: Reviews(_parts(services)).review(nomination, said, _actor(by)))
        typer.echo(words.nomination(found))


@app.command()
def withdraw(
    nomination: NominationArgument,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: ByOption = "cli",
    database: DatabaseOption = None,
) -> None:
    """Take a nomination back before the quarter begins."""
    with services_for(database) as services:
        found = run(lambda: Nominations(_parts(services)).withdraw(nomination, reason, _actor(by)))
        typer.echo(words.nomination(found))


@app.command()
def quarter(database: DatabaseOption = None) -> None:
    """Show this quarter and the next four with their windows, and what happened when quarters began."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        settings = stored.current(connection)
        this = quarters.current(settings, services.now())
        past = begun.newest(connection)
    zoned = of_program(settings)
    zoned.note()
    for steps in range(5):
        typer.echo(words.quarter(quarters.following(settings, this, steps), zoned))
    for each in past:
        typer.echo(words.begun(each, zoned))


@app.command()
def settings(
    file: Annotated[
        Path | None, typer.Argument(help="New settings, as YAML or JSON.", allow_dash=True)
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why they change.")] = None,
    by: ByOption = "cli",
    database: DatabaseOption = None,
) -> None:
    """Print the settings in force as JSON; with a file put others in force."""
    with services_for(database, set_up=file is not None) as services:
        changing = Settings(_parts(services))
        if file is not None:
            said = read(SettingsIn, {"settings": document(file)})
            run(lambda: changing.change(said.settings, None, by, reason))
        typer.echo(changing.current().settings.model_dump_json(indent=2))


@app.command()
def plan(
    account: AccountArgument,
    file: Annotated[
        Path | None, typer.Argument(help="What the plan says, as YAML or JSON.", allow_dash=True)
    ] = None,
    by: ByOption = "cli",
    database: DatabaseOption = None,
) -> None:
    """Print the plan of a strategic account as JSON; with a file write it."""
    with services_for(database, set_up=file is not None) as services:
        if file is not None:
            says = _zoned(services).dated(document(file), ("due", "by"))
            said = read(ProgramPlanIn, {"account": account, "plan": says})
            run(lambda: Plans(_parts(services)).write(account, said.plan, None, _actor(by)))
        with services.database.read() as connection:
            found = plans_db.open_of(connection, account)
    if found is None:
        fail("The account has no plan", FAILED)
    who = [name for name in (found.ae, found.marketing) if name]
    typer.echo(f"revision {found.revision}, agreed by {' and '.join(who) or 'nobody'}", err=True)
    typer.echo(found.plan.model_dump_json(indent=2))


@app.command()
def report(
    account: AccountArgument,
    pdf_to: Annotated[Path | None, typer.Option("--pdf", help="Write it as PDF to this file.")] = None,
    csv_to: Annotated[Path | None, typer.Option("--csv", help="Write it as CSV to this file.")] = None,
    keep: Annotated[bool, typer.Option(help="Keep it: the next says what changed since.")] = False,
    by: ByOption = "cli",
    database: DatabaseOption = None,
) -> None:
    """Make the 360 report on an account as of now; without a file it is printed as JSON."""
    with services_for(database, set_up=False) as services:
        reports = AccountReports(_parts(services))
        wish = Wish(account=account)
        found = run(lambda: reports.read(reports.make(wish, by).id) if keep else reports.now(wish, by))
    if pdf_to is not None:
        pdf_to.write_bytes(pdf.printed(found))
    if csv_to is not None:
        csv_to.write_text(sheet.lines(found), encoding="utf-8", newline="")
    if pdf_to is None and csv_to is None:
        typer.echo(TypeAdapter(Report).dump_json(found, indent=2).decode())


def _parts(services: Services) -> Parts:
    return Parts(database=services.database, clock=services.clock, new_id=services.new_id)


def _zoned(services: Services) -> Zoned:
    with services.database.read() as connection:
        return of_program(stored.current(connection))


def _actor(by: str) -> Actor:
    return Actor(name=by, id=by)
