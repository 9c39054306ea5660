"""Stores the files that were sent over HTTP, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from service.audit.log import SYSTEM
from service.batcher import NOBODYS_FAULT
from service.db import imports
from service.db.changes import Actor, made_by
from service.db.engine import Database
from service.db.imports import Claimed, Error, Progress
from service.imports.kept import unpacked
from service.imports.reading import Unreadable
from service.imports.rows import Fault
from service.imports.run import Handle, Import, Tally

log = structlog.get_logger(__name__)


class Imports:
    """Runs the imports that wait. A worker that dies leaves its import to another, which repeats it."""

    def __init__(self, database: Database, handle: Handle, now: Callable[[], datetime]) -> None:
        self._database = database
        self._handle = handle
        self._now = now

    def run(self) -> bool:
        """Store one file; whether there was one."""
        claimed = self._database.transact(lambda connection: imports.claim(connection, self._now()))
        if claimed is None:
            return False
        problem: str | None = None
        try:
            with made_by(Actor(name=SYSTEM, id="", now=self._now)):
                self._store(claimed)
        except Unreadable as error:
            problem = str(error)
        except NOBODYS_FAULT:
            raise  # the database is away, or no rulebook is live: taken up again later
        except Exception as error:  # noqa: BLE001 - a file that cannot be stored must not be tried for ever
            log.warning("import.failed", run=claimed.id, kind=type(error).__name__)
            problem = "The file could not be stored; what was stored before stays. The log says more."
        self._database.transact(
            lambda connection: imports.finish(connection, claimed.id, problem, self._now())
        )
        return True

    def _store(self, claimed: Claimed) -> None:
        errors: list[Error] = []

        def report(fault: Fault) -> None:
            if len(errors) < imports.MAX_ERRORS:
                errors.append(
                    Error(
                        line=fault.line,
                        column=fault.column,
                        problem=fault.problem,
                        left_out=fault.left_out,
                    )
                )

        file = unpacked(claimed.kind, claimed.media_type, claimed.body)
        source = file.source()
        work = Import(
            source,
            file.kind,
            self._database,
            handle=self._handle,
            now=self._now,
            report=report,
            month_first=file.month_first(),
            by_hand=file.by_hand,
        )
        notes = [*source.notes, *work.notes()]
        self._advance(claimed.id, Tally(), notes, errors)
        for tally in work.run():
            self._advance(claimed.id, tally, notes, errors)
        if not work.tally.rows:
            self._advance(claimed.id, Tally(), [*source.notes, *work.notes()], errors)

    def _advance(self, run_id: str, tally: Tally, notes: list[str], errors: list[Error]) -> None:
        progress = Progress(rows=tally.rows, stored=tally.stored, refused=tally.refused)
        self._database.transact(
            lambda connection: imports.advance(connection, run_id, progress, notes, errors, self._now())
        )
