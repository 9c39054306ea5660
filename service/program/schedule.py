"""The timers of the program: when a window opens, and when a quarter begins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import timers
from service.db.timers import Wanted
from service.program.core import quarters
from service.program.core.quarters import Quarter
from service.program.core.settings import ProgramSettings

WINDOW = "program.window"
BEGIN = "program.quarter"


def ahead(connection: Connection, settings: ProgramSettings, now: datetime) -> None:
    """Set the timers of the next quarter; those that are set move with the settings."""
    put(connection, quarters.upcoming(settings, now))


def put(connection: Connection, quarter: Quarter) -> None:
    """Set the timers of a quarter, each once."""
    subject = f"quarter:{quarter.name}"
    timers.put(
        connection,
        [
            Wanted(kind=WINDOW, subject=subject, due_at=quarter.opens),
            Wanted(kind=BEGIN, subject=subject, due_at=quarter.starts),
        ],
    )


def name_of(subject: str) -> str:
    """The quarter that a timer is about."""
    return subject.removeprefix("quarter:")
