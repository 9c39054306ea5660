"""`muster openapi`: the description of the API as a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any

import typer
from ruamel.yaml import YAML

from service.api.openapi import three_zero
from service.app import create_app
from service.commands.common import INVALID, fail
from service.settings import Settings

FILE = Path("openapi.yaml")
FILE_THREE_ZERO = Path("openapi-3.0.yaml")
_HEAD = "# Written by `muster openapi`; the tests fail when it is stale.\n"


def openapi(
    old: Annotated[bool, typer.Option("--three-zero", help="OpenAPI 3.0 instead of 3.1.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 3 when the file is stale.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="The file; - for standard output.")] = None,
) -> None:
    """Write openapi.yaml (or openapi-3.0.yaml). With --check, exit 3 when the file is stale."""
    text = description(old=old)
    path = output or (FILE_THREE_ZERO if old else FILE)
    if str(path) == "-":
        typer.echo(text, nl=False)
    elif not check:
        path.write_text(text, encoding="utf-8")
    elif not path.is_file() or path.read_text(encoding="utf-8") != text:
        fail(f"{path} is not what the program serves; write it anew with `muster openapi`", INVALID)


def description(*, old: bool = False) -> str:
    """The description as YAML. It depends on nothing but the program."""
    document: dict[str, Any] = create_app(Settings(database_url="sqlite://")).openapi()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 110
    yaml.representer.ignore_aliases = lambda _: True
    text = io.StringIO()
    yaml.dump(three_zero(document) if old else document, text)
    return _HEAD + text.getvalue()
