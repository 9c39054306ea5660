"""Activities: what reps did on accounts and contacts, and what came from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from routing.types.facts import Activity
from service.db import touches
from service.db.tables import activity as table
from service.db.upserts import Outcome, Refused, Stored, on_accounts, upsert_records
from service.records.activities import ActivityRecord
from service.records.reps import rep_id

_COLUMNS = {"account_id": "account", "contact_id": "contact"}
_NEWS = (Outcome.CREATED, Outcome.UPDATED)
_NEEDED = {
    "kind": Refused("kind", "an activity needs a kind, such as email, call or meeting"),
    "direction": Refused("direction", "an activity needs a direction: inbound, outbound or both"),
    "at": Refused("at", "an activity needs the time it happened"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAccount:
    """An activity with the account it is on, if any."""

    row: int
    account_id: str | None
    activity: Activity


def upsert(connection: Connection, records: Sequence[ActivityRecord], now: datetime) -> list[Stored]:
    """Store activities by external id; what became of each, in the order given.

    An outbound one by a rep on a contact that the rep has is the assignment's first touch.
    """
    stored = upsert_records(connection, table, records, _columns, _NEEDED, now)
    changed = zip(records, stored, strict=True)
    touches.note(connection, [each for each, done in changed if done.outcome in _NEWS])
    return stored


def _columns(record: ActivityRecord) -> dict[str, Any]:
    named = record.model_dump(include=record.model_fields_set)
    return {_COLUMNS.get(name, name): value for name, value in named.items()}


def page(
    connection: Connection, *, account: str | None = None, after: int = 0, limit: int = 100
) -> list[OnAccount]:
    """Activities in the order first stored, from behind the row ``after``."""
    return [_on_account(row) for row in on_accounts(connection, table, account, after, limit)]


def get(connection: Connection, external_id: str) -> OnAccount | None:
    """One activity, or None."""
    row = connection.execute(select(table).where(table.c.external_id == external_id)).first()
    return None if row is None else _on_account(row)


def remove(connection: Connection, external_id: str) -> bool:
    """Delete an activity; whether there was one."""
    return connection.execute(delete(table).where(table.c.external_id == external_id)).rowcount > 0


def _on_account(row: Row[Any]) -> OnAccount:
    return OnAccount(row=row.id, account_id=row.account, activity=value(row))


def value(row: Row[Any]) -> Activity:
    """The activity of a row of the table."""
    return Activity(
        id=row.external_id,
        rep=rep_id(row.rep),
        kind=row.kind,
        direction=row.direction,
        at=row.at,
        contact_id=row.contact,
    )
