"""Moments as the commands of the program print them: in the zone of its fiscal calendar, which they name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer

from routing.durations import parse_time
from service.program.core.settings import ProgramSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoned:
    """Writes moments as they are in a zone."""

    zone: str

    def day(self, moment: datetime) -> str:
        """Its day there: 2026-05-01."""
        return f"{moment.astimezone(ZoneInfo(self.zone)):%Y-%m-%d}"

    def time(self, moment: datetime) -> str:
        """Its day and minute there: 2026-05-01 00:00."""
        return f"{moment.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}"

    def moments(self, row: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
        """A row of a file, in which these days and times without an offset are meant to be there."""
        read = {name: parse_time(row[name].strip(), ZoneInfo(self.zone)) for name in names if name in row}
        return {**row, **{name: moment.isoformat() for name, moment in read.items() if moment is not None}}

    def dated(self, value: Any, names: Container[str]) -> Any:
        """The same for what a YAML or JSON file says, at any depth."""
        if isinstance(value, list):
            return [self.dated(each, names) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            name: (parse_time(str(each), ZoneInfo(self.zone)) or each)
            if name in names
            else self.dated(each, names)
            for name, each in value.items()
        }

    def note(self) -> None:
        """Name the zone on standard error, so that the lines on standard output stay alike."""
        typer.echo(f"Times are in {self.zone}", err=True)


def of_program(settings: ProgramSettings) -> Zoned:
    """What writes moments in the zone of the program."""
    return Zoned(zone=settings.fiscal.zone)
