"""The doctor: what Muster promises about its stored state, checked row by row. Reads only.

The numbers are those of docs/operators.md. A check is one statement that finds
the rows which break a promise; on a healthy database every one finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from routing.rulebook import version_of
from service.db.engine import Database
from service.db.recorded import Span
from service.db.tables import rulebook
from service.doctor import handing_on, promises
from service.doctor.check import Finding
from service.doctor.promises import REPLAY, VERSIONS
from service.replay import drifted

__all__ = ["Finding", "examine"]


def examine(database: Database, *, replayed: int = 1000) -> Iterator[Finding]:
    """Everything that is wrong. ``replayed`` is how many of the newest decisions are taken again."""
    with database.read() as connection:
        now = datetime.now(UTC)
        if not database.sqlite:
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # it reads every decision there is
        for check in (*promises.checks(now), *handing_on.checks(now)):
            for row in connection.execute(check.query):
                yield Finding(promise=check.promise, row=check.row(row), detail=check.detail)
        for row in connection.execute(select(rulebook.c.version, rulebook.c.text)):
            if version_of(row.text) != row.version:
                yield Finding(
                    promise=VERSIONS, row=f"rulebook {row.version}", detail="its text is not what it was"
                )
    span = Span(since=datetime(1970, 1, 1, tzinfo=UTC), until=now + timedelta(days=1), limit=replayed)
    for drift in drifted(database, span):
        detail = f"taken again it differs in {', '.join(drift.parts)}"
        yield Finding(promise=REPLAY, row=f"decision {drift.decision_id}", detail=detail)
