"""What every part of a report is asked, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.account_report.values import Absent, Section
from service.db.account_reports import reading
from service.program.core.settings import ProgramSettings
from service.records.known_by import by_email, by_id

LISTED = 50
"""Rows of a table at most; the figures count all."""
_MOST_PEOPLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An account and a time, from ``since`` up to ``until``, which is not after ``now``."""

    connection: Connection
    account: str
    since: datetime
    until: datetime
    now: datetime
    settings: ProgramSettings

    @property
    def of(self) -> tuple[Connection, str, datetime, datetime]:
        """What most readings take."""
        return self.connection, self.account, self.since, self.until


Part = Callable[[Asked], Section | Absent]


def same_people(asked: Asked) -> Mapping[str, str]:
    """Of each contact of the account who has both an address and an id: "email:..." to "id:..."."""
    return {
        by_email(row.email): by_id(row.external_id)
        for row in reading.contacts(asked.connection, asked.account, _MOST_PEOPLE)
        if row.email and row.external_id
    }


def moment(at: datetime | None) -> str | None:
    """A moment as a cell."""
    return None if at is None else at.isoformat()
