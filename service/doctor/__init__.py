"""The doctor: what Muster promises about its stored state, checked row by row. Reads only.

The numbers are those of docs/operators.md. A check is one statement that finds
the rows which break a promise; on a healthy database every one finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from service.audit import chain
from service.db import rulebooks, sealing
from service.db.engine import Database
from service.db.keyring import keyring_of
from service.db.promises import decided, handing_on, keys, program
from service.db.promises.check import Finding, broken, see_one_state
from service.db.promises.decided import REPLAY, VERSIONS
from service.db.recorded import Span
from service.rulebook.replay import drifted

ENCRYPTED = "secrets of sources and destinations are encrypted with the newest key"
AUDIT = "the audit log is as it was written"

__all__ = ["Finding", "examine"]


def examine(
    database: Database, now: datetime, *, replayed: int = 1000, accounts: int = 10_000
) -> Iterator[Finding]:
    """Everything that is wrong at a moment.

    ``replayed``: how many of the newest decisions to take again; ``accounts``: of how many to make the keys.
    """
    with database.read() as connection:
        see_one_state(connection)
        yield from broken(connection, (*decided.checks(now), *handing_on.checks(now)))
        yield from program.findings(connection, now)
        yield from keys.findings(connection, now, accounts)
        for version in rulebooks.astray(connection):
            yield Finding(promise=VERSIONS, row=f"rulebook {version}", detail="its text is not what it was")
        for place in sealing.outdated(connection):
            yield Finding(promise=ENCRYPTED, row=place, detail=_in_clear(connection))
        for fault in chain.verify(connection).faults:
            yield Finding(promise=AUDIT, row=f"audit entry {fault.seq}", detail=fault.detail)
    span = Span(since=datetime(1970, 1, 1, tzinfo=UTC), until=now + timedelta(days=1), limit=replayed)
    for drift in drifted(database, span):
        detail = f"taken again it differs in {', '.join(drift.parts)}"
        yield Finding(promise=REPLAY, row=f"decision {drift.decision_id}", detail=detail)


def _in_clear(connection: Connection) -> str:
    if keyring_of(connection).encrypts:
        return "it is in clear or under an older key: muster secrets encrypt"
    return "it is in clear: set MUSTER_ENCRYPTION_KEYS, then muster secrets encrypt"
