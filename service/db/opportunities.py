"""Opportunities: the deals on accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from routing.types.facts import Opportunity
from service.db.tables import opportunity as table
from service.db.upserts import Refused, Stored, on_accounts, upsert_records
from service.records.opportunities import OpportunityRecord
from service.records.reps import rep_id

_COLUMNS = {"account_id": "account"}
_MONEY = ("amount", "iarr")
_NEEDED = {"account": Refused("account_id", "an opportunity needs the id of its account")}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAccount:
    """An opportunity with the account it is on, and what only measures look at."""

    row: int
    account_id: str
    opportunity: Opportunity
    currency: str | None
    iarr: float | None
    campaign: str | None
    source: str | None


def upsert(connection: Connection, records: Sequence[OpportunityRecord], now: datetime) -> list[Stored]:
    """Store opportunities by external id; what became of each, in the order given."""
    return upsert_records(connection, table, records, _columns, _NEEDED, now)


def _columns(record: OpportunityRecord) -> dict[str, Any]:
    named = record.model_dump(include=record.model_fields_set)
    for money in _MONEY:
        if named.get(money) is not None:
            named[money] = Decimal(str(named[money])).quantize(Decimal("0.01"))
    return {_COLUMNS.get(name, name): value for name, value in named.items()}


def page(
    connection: Connection, *, account: str | None = None, after: int = 0, limit: int = 100
) -> list[OnAccount]:
    """Opportunities in the order first stored, from behind the row ``after``."""
    return [_on_account(row) for row in on_accounts(connection, table, account, after, limit)]


def get(connection: Connection, external_id: str) -> OnAccount | None:
    """One opportunity, or None."""
    row = connection.execute(select(table).where(table.c.external_id == external_id)).first()
    return None if row is None else _on_account(row)


def remove(connection: Connection, external_id: str) -> bool:
    """Delete an opportunity; whether there was one."""
    return connection.execute(delete(table).where(table.c.external_id == external_id)).rowcount > 0


def _on_account(row: Row[Any]) -> OnAccount:
    return OnAccount(
        row=row.id,
        account_id=row.account,
        opportunity=value(row),
        currency=row.currency,
        iarr=None if row.iarr is None else float(row.iarr),
        campaign=row.campaign,
        source=row.source,
    )


def value(row: Row[Any]) -> Opportunity:
    """The opportunity of a row of the table."""
    return Opportunity(
        id=row.external_id,
        owner=rep_id(row.owner),
        stage=row.stage,
        kind=row.kind,
        amount=None if row.amount is None else float(row.amount),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        won=row.won,
        expected_close_at=row.expected_close_at,
    )
