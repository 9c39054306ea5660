"""The command line: `muster`, or `python -m service`.

Exit codes: 0 done, 1 something was found or went wrong, 2 wrong use or settings,
3 an input is invalid, 4 a test failed or a thing named does not exist.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from sqlalchemy.exc import DatabaseError, OperationalError
from typer.core import TyperGroup
from typer.main import get_command, get_group

from service import collector
from service.problems import Problem
from service.settings import SettingsError

COMMANDS = {
    "serve": "serve:serve",
    "worker": "worker:worker",
    "demo": "demo:demo",
    "import": "imports:import_",
    "match": "imports:match_offline",
    "doctor": "doctor:doctor",
    "openapi": "openapi:openapi",
    "replay": "replay:replay",
    "rematch": "rematch:rematch",
    "hygiene": "hygiene:hygiene",
    "report": "reports:report",
    "rules": "rules:app",
    "shadow": "shadow:app",
    "policy": "policy:app",
    "bench": "bench:app",
    "db": "db:app",
    "keys": "keys:app",
    "people": "people:app",
    "audit": "audit:app",
    "privacy": "privacy:app",
    "secrets": "secrets:app",
    "pools": "pools:app",
    "handover": "handover:app",
    "program": "program:app",
    "sources": "sources:app",
}
"""What each command is: the module of `service.commands`, and the function or group in it."""


class _Named(Mapping[str, Any]):
    """The commands by name. Each is imported when it is asked for: the API alone takes a second to load."""

    def __getitem__(self, name: str) -> Any:
        module, attribute = COMMANDS[name].split(":")
        with collector.paused():  # it takes a fifth of the time that serve needs to load
            found = getattr(import_module(f"service.commands.{module}"), attribute)
        holder = typer.Typer(add_completion=False)
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=name)  # by itself a group would offer completion in its help
            return get_group(holder).commands[name]
        holder.command(name)(found)
        command = get_command(holder)
        command.name = name
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Group(TyperGroup):
    def __init__(self, **given: Any) -> None:
        super().__init__(**(given | {"commands": _Named()}))


app = typer.Typer(
    name="muster",
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _muster() -> None:
    """Finds the account of an incoming contact, applies the rules of engagement, and assigns one rep."""


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
    except DatabaseError as error:
        if type(error) not in (OperationalError, DatabaseError):
            raise  # a fault of ours and none of the database's
        print(f"The database cannot be used: {error.orig}{_hint(error.orig)}", file=sys.stderr)
        sys.exit(1)


def _hint(fault: object) -> str:
    if getattr(fault, "sqlite_errorname", None) != "SQLITE_CANTOPEN":
        return ""
    return " (its folder must be there, and whoever runs this must be allowed to write in it)"


if __name__ == "__main__":  # without it `python -m service.cli match ...` ends with 0 and has done nothing
    main()
