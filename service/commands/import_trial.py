"""`muster import --dry-run`: what storing a file would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from service.commands.common import INVALID, fail, services_for
from service.imports.dates import Dates
from service.imports.headers import Kind, said_by_hand
from service.imports.kept import Kept, media_type_of
from service.imports.reading import Unreadable
from service.imports.rehearsal import Rehearsal, rehearse
from service.imports.rows import Fault
from service.services import now

_SHOWN = 50


def show(kind: Kind, file: Path, database: str | None, dates: Dates | None, column: Sequence[str]) -> bool:
    """Say what storing the first rows would do; whether all of them would go in."""
    try:
        by_hand = said_by_hand(column)
        kept = Kept(
            kind=kind,
            media_type=media_type_of(file.name),
            body=file.read_bytes(),
            dates=dates,
            by_hand=by_hand,
        )
        with services_for(database) as services:
            found = rehearse(kept, services.database, now)
    except OSError as error:
        fail(f"{file}: {error.strerror}", INVALID)
    except Unreadable as error:
        fail(str(error), INVALID)
    for text in _lines(kind, found):
        typer.echo(text)
    return not found.outcomes.get("refused")


def _lines(kind: Kind, found: Rehearsal) -> Iterator[str]:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(found.outcomes.items()) if count)
    tried = f"all {found.rows} rows" if found.whole else f"the first {found.rows} rows"
    yield f"{kind}, {tried} tried and taken back: {counts or 'none'}"
    yield from found.notes
    for each in found.unknown:
        first = ", ".join(each.first) + (", ..." if each.number > len(each.first) else "")
        yield f"{each.column}: {each.to} not known here, {each.number} in {each.rows} rows: {first}"
    yield from map(_wrong, found.faults[:_SHOWN])
    if len(found.faults) > _SHOWN:
        yield f"and {len(found.faults) - _SHOWN} more that are wrong"


def _wrong(fault: Fault) -> str:
    where = f"line {fault.line}" + (f", {fault.column}" if fault.column else "")
    became = " (it would be stored without that)" if fault.left_out else ""
    return f"{where}: {fault.problem}{became}"
