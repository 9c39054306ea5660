"""Who works on which open matter: a short lease, so that two people never settle the same one.

A lease runs out by itself: whoever closes the page keeps nothing from the others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from service.db.once import insert_once
from service.db.tables import review_claim as table

LEASE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A matter that somebody works on. ``holder`` is one session, ``who`` the person as others are told."""

    decision_id: str
    holder: str
    who: str
    until: datetime


def claim(connection: Connection, decision_id: str, holder: str, who: str, now: datetime) -> Claim:
    """Take a matter, or renew the lease on it; the claim that stands, which may be another's."""
    connection.execute(delete(table).where(table.c.until <= now))
    wanted = {"decision_id": decision_id, "holder": holder, "who": who, "until": now + LEASE}
    insert_once(connection, table, wanted)
    mine = (table.c.decision_id == decision_id, table.c.holder == holder)
    connection.execute(update(table).where(*mine).values(until=now + LEASE))
    return standing(connection, [decision_id], now)[decision_id]


def release(connection: Connection, decision_id: str, holder: str) -> None:
    """Put a matter back; one that another holds stays theirs."""
    connection.execute(delete(table).where(table.c.decision_id == decision_id, table.c.holder == holder))


def standing(connection: Connection, decision_ids: Collection[str], now: datetime) -> dict[str, Claim]:
    """The leases on these matters that have not run out."""
    query = select(table).where(table.c.decision_id.in_(decision_ids), table.c.until > now)
    return {
        row.decision_id: Claim(decision_id=row.decision_id, holder=row.holder, who=row.who, until=row.until)
        for row in connection.execute(query)
    }
