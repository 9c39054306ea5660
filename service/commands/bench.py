"""`muster bench`: the figures in the README, measured again."""

from __future__ import annotations

import runpy
import sys

import typer

from service.commands.common import fail

app = typer.Typer(
    help="Measure accuracy and speed; needs a clone of the project.",
    no_args_is_help=True,
    add_completion=False,
)

_AS_IT_IS = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command(context_settings=_AS_IT_IS)
def accuracy(context: typer.Context) -> None:
    """How many contacts find their account, at which precision (see bench/README.md)."""
    _run("bench.accuracy", context.args)


@app.command(context_settings=_AS_IT_IS)
def speed(context: typer.Context) -> None:
    """How fast candidates are found and contacts matched, by the number of accounts."""
    _run("bench.speed", context.args)


@app.command(context_settings=_AS_IT_IS)
def flow(context: typer.Context) -> None:
    """The whole path over HTTP with real organisations, on both databases."""
    _run("bench.flow", context.args)


def _run(module: str, arguments: list[str]) -> None:
    """Run a benchmark of the clone this command is installed from, with its own arguments."""
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except ModuleNotFoundError as missing:
        if missing.name and missing.name.partition(".")[0] == "bench":
            fail("The benchmarks are not installed; run this in a clone of the project, after `make run`")
        raise
