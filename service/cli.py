"""The command line: `muster`, or `python -m service`.

Exit codes: 0 done, 1 something was found or went wrong, 2 wrong use or settings,
3 an input is invalid, 4 a test failed or a thing named does not exist.
"""

from __future__ import annotations

import sys

import typer
from sqlalchemy.exc import OperationalError

from service.commands import (
    audit,
    bench,
    db,
    handover,
    imports,
    keys,
    people,
    policy,
    pools,
    privacy,
    program,
    rules,
    secrets,
    shadow,
    sources,
)
from service.commands.demo import demo
from service.commands.doctor import doctor
from service.commands.hygiene import hygiene
from service.commands.openapi import openapi
from service.commands.rematch import rematch
from service.commands.replay import replay
from service.commands.reports import report
from service.commands.serve import serve
from service.commands.worker import worker
from service.problems import Problem
from service.settings import SettingsError

app = typer.Typer(
    name="muster",
    help="Finds the account of an incoming contact, applies the rules of engagement, and assigns one rep.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(worker)
app.command()(demo)
app.command("import")(imports.import_)
app.command("match")(imports.match_offline)
app.command()(doctor)
app.command()(openapi)
app.command()(replay)
app.command()(rematch)
app.command()(hygiene)
app.command()(report)
app.add_typer(rules.app, name="rules")
app.add_typer(shadow.app, name="shadow")
app.add_typer(policy.app, name="policy")
app.add_typer(bench.app, name="bench")
app.add_typer(db.app, name="db")
app.add_typer(keys.app, name="keys")
app.add_typer(people.app, name="people")
app.add_typer(audit.app, name="audit")
app.add_typer(privacy.app, name="privacy")
app.add_typer(secrets.app, name="secrets")
app.add_typer(pools.app, name="pools")
app.add_typer(handover.app, name="handover")
app.add_typer(program.app, name="program")
app.add_typer(sources.app, name="sources")


def main() -> None:
    """Run the command that the arguments name."""
    try:
        app()
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Problem as problem:
        print(problem.detail, file=sys.stderr)
        sys.exit(1)
    except OperationalError as error:
        print(f"The database cannot be used: {error.orig}", file=sys.stderr)
        sys.exit(1)
