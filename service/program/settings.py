"""The program's settings, changed version by version."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from service.db.program import nominations
from service.db.program import settings as stored
from service.db.program.settings import Version
from service.problems import Conflict, FieldError, Stale
from service.program import places, schedule
from service.program.core.settings import ProgramSettings
from service.program.parts import Parts


class Settings:
    """Reads and changes the settings. Safe to share between threads and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def current(self) -> Version:
        """The version in force."""
        with self._parts.database.read() as connection:
            return stored.newest(connection)

    def change(self, settings: ProgramSettings, base: int | None, author: str, reason: str | None) -> Version:
        """Put settings in force; those that are in force already give no new version.

        ``base`` is the version they were written on, None: whichever is in force. Raises Stale
        when another came between, Conflict when the calendar would move under nominations.
        """
        return self._parts.database.transact(partial(self._change, settings, base, author, reason))

    def _change(
        self,
        settings: ProgramSettings,
        base: int | None,
        author: str,
        reason: str | None,
        connection: Connection,
    ) -> Version:
        now = self._parts.clock()
        stored.lock(connection)
        before = stored.newest(connection)
        if before.settings == settings and before.version:
            return before
        if base is not None and base != before.version:
            raise Stale(f"The settings are at version {before.version}; read them again")
        ahead = nominations.quarters_ahead(connection, now)
        if ahead and (settings.fiscal, settings.window) != (before.settings.fiscal, before.settings.window):
            _refuse_calendar(settings, before.settings, ahead)
        made = Version(version=before.version + 1, settings=settings, author=author, reason=reason, at=now)
        if not stored.add(connection, made):
            raise Stale("The settings have just been changed; read them again")
        schedule.ahead(connection, settings, now)
        for quarter in ahead:
            places.fill(connection, settings, quarter, now)
        return made


def _refuse_calendar(settings: ProgramSettings, before: ProgramSettings, ahead: list[str]) -> None:
    changed = [name for name in ("fiscal", "window") if getattr(settings, name) != getattr(before, name)]
    detail = (
        f"cannot change while there are nominations for {', '.join(ahead)}; change it when that has begun"
    )
    raise Conflict(
        "The calendar cannot change under nominations",
        errors=[FieldError(pointer=f"#/settings/{name}", detail=detail) for name in changed],
    )
