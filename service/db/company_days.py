"""Days off of the whole company, a country or a team; and holidays on which it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from routing.types.people import Rep, RepId
from service.db import contacts
from service.db.tables import company_day as table


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyDay:
    """A day off, or (``works``) a working day although it may be a holiday.

    ``region`` limits it to reps with the public holidays of that place or a part of it,
    ``team`` to one team; None is everybody.
    """

    day: date
    name: str
    region: str | None = None
    team: str | None = None
    works: bool = False

    def concerns(self, rep: Rep) -> bool:
        """Whether the day is one of the rep's."""
        theirs = rep.holidays or ""
        placed = self.region is None or theirs == self.region or theirs.startswith(f"{self.region}-")
        return placed and (self.team is None or self.team == rep.team)


def listed(connection: Connection) -> list[CompanyDay]:
    """Every company day, by date."""
    rows = connection.execute(select(table).order_by(table.c.date, table.c.id))
    return [
        CompanyDay(
            day=row.date, name=row.name, region=row.region or None, team=row.team or None, works=row.works
        )
        for row in rows
    ]


def lock(connection: Connection) -> None:
    """Let one transaction at a time change the days by what it has read."""
    contacts.lock(connection, ["company days"])


def replace_all(connection: Connection, days: Sequence[CompanyDay]) -> None:
    """Make these all the company days there are."""
    connection.execute(delete(table))
    if days:
        connection.execute(
            insert(table),
            [
                {
                    "date": day.day,
                    "name": day.name,
                    "region": day.region or "",
                    "team": day.team or "",
                    "works": day.works,
                }
                for day in days
            ],
        )


def apply(connection: Connection, people: Mapping[RepId, Rep]) -> dict[RepId, Rep]:
    """The reps with the company days that are theirs. What is said of a rep alone comes first."""
    days = listed(connection) if people else []
    return {name: _with(rep, days) for name, rep in people.items()}


def _with(rep: Rep, days: Sequence[CompanyDay]) -> Rep:
    theirs = [day for day in days if day.concerns(rep)]
    if not theirs:
        return rep
    off = {day.day for day in theirs if not day.works} - set(rep.days_on)
    on = {day.day for day in theirs if day.works} - set(rep.days_off)
    return replace(
        rep,
        days_off=tuple(sorted(off | set(rep.days_off))),
        days_on=tuple(sorted(on | set(rep.days_on))),
    )
