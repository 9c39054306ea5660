"""`muster handover`: preview and do what follows when a rep leaves, goes on leave or moves."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from service.commands.common import FAILED, INVALID, DatabaseOption, fail, services_for
from service.db import handovers as db
from service.handover.handovers import Handovers
from service.handover.plan import Handover
from service.handover.request import HandoverRequest
from service.problems import Problem
from service.services import Services

app = typer.Typer(help="Hand over what a rep has: preview, do, undo.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The hand-over's id.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it.")]


@app.command()
def plan(
    file: Annotated[
        Path, typer.Argument(help="A YAML or JSON file as POST /v1/handovers takes it.", allow_dash=True)
    ],
    by: ByOption = "cli",
    database: DatabaseOption = None,
) -> None:
    """Show what would pass, and to whom. Changes nothing."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        request = HandoverRequest.model_validate_json(_as_json(text))
    except (OSError, YAMLError) as error:
        fail(f"{file}: {error}", INVALID)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc'])) or 'request'}: {each['msg']}" for each in error.errors()]
        fail("\n".join(lines), INVALID)
    with services_for(database) as services:
        _show(services, _run(lambda: _all_of(services).plan(request, by)))


@app.command()
def show(handover_id: IdArgument, database: DatabaseOption = None) -> None:
    """Show how far a hand-over has come."""
    with services_for(database, set_up=False) as services:
        _show(services, _run(lambda: _all_of(services).get(handover_id)))


@app.command()
def apply(handover_id: IdArgument, by: ByOption = "cli", database: DatabaseOption = None) -> None:
    """Do what was planned, if the world is as the plan saw it."""
    with services_for(database) as services:
        every = _all_of(services)
        _run(lambda: every.apply(handover_id, by))
        every.carry_on(handover_id)
        _show(services, every.get(handover_id))


@app.command()
def undo(handover_id: IdArgument, by: ByOption = "cli", database: DatabaseOption = None) -> None:
    """Put everything back, if nobody has touched any of it since."""
    with services_for(database) as services:
        every = _all_of(services)
        _run(lambda: every.undo(handover_id, by))
        every.carry_on(handover_id)
        _show(services, every.get(handover_id))


def _as_json(text: str) -> str:
    """A YAML text as JSON; a time that YAML has read is written again as a call has it."""
    return json.dumps(YAML(typ="safe").load(text), default=lambda moment: moment.isoformat())


def _all_of(services: Services) -> Handovers:
    return Handovers(
        services.database, services.flow, services.desk, clock=services.clock, new_id=services.new_id
    )


def _run(work: Callable[[], Handover]) -> Handover:
    try:
        return work()
    except Problem as problem:
        fail(
            "\n".join(
                [problem.detail, *(f"  {each.pointer or ''} {each.detail}" for each in problem.errors)]
            ),
            FAILED,
        )


def _show(services: Services, found: Handover) -> None:
    with services.database.read() as connection:
        counts = db.counts(connection, found.id)
    typer.echo(f"{found.id}: {found.request.rep} {found.request.kind}, {found.state}")
    for each in counts:
        to = f" -> {each.to}" if each.to else ""
        typer.echo(f"  {each.count:>6,}  {each.kind}, {each.status}: {each.action}{to} ({each.state})")
