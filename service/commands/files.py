"""Files that commands take: one document, or rows of which those that are wrong are written beside."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from service.commands.common import FAILED, INVALID, fail
from service.problems import FieldError, Problem

T = TypeVar("T")
_Model = TypeVar("_Model", bound=BaseModel)


def run(work: Callable[[], T]) -> T:
    """Do something; a problem ends the program, with the fields that are wrong."""
    try:
        return work()
    except Problem as problem:
        fail("\n".join([problem.detail, *_lines(problem.errors)]), FAILED)


def _lines(errors: tuple[FieldError, ...]) -> Iterator[str]:
    for each in errors:
        yield f"  {(each.pointer or '').removeprefix('#/')}: {each.detail}"


def document(file: Path) -> Any:
    """What a YAML or JSON file holds, as plain JSON values; `-` is standard input."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        loaded = YAML(typ="safe").load(text)
    except (OSError, YAMLError) as error:
        fail(f"{file}: {error}", INVALID)
    return json.loads(json.dumps(loaded, default=lambda moment: moment.isoformat()))


def read(model: type[_Model], said: Mapping[str, Any]) -> _Model:
    """A value as a model; a fault ends the program, with the fields that are wrong."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        fail("\n".join(_faults(error)), INVALID)


def _faults(error: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]


def take_rows(file: Path, take: Callable[[dict[str, str]], object]) -> None:
    """Take the rows of a CSV file one by one; those that cannot be taken are written beside it."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fail(f"{file}: {error}", INVALID)
    refused: list[dict[str, Any]] = []
    for number, row in enumerate(rows, 2):
        try:
            take({name: value for name, value in row.items() if name and value})
        except ValidationError as error:
            refused.append({**row, "line": number, "problem": "; ".join(_faults(error))})
        except Problem as problem:
            why = "; ".join([problem.detail, *_lines(problem.errors)])
            refused.append({**row, "line": number, "problem": why})
    typer.echo(f"{len(rows) - len(refused):,} of {len(rows):,} rows taken")
    beside = file.with_name(f"{file.name}.errors.csv")
    beside.unlink(missing_ok=True)
    if refused:
        with beside.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(refused[0]), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(refused)
        were = "1 row was" if len(refused) == 1 else f"{len(refused):,} rows were"
        fail(f"{were} not; see {beside}", 1)
