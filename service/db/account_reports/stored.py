"""Reports that were asked for, and what those that are made say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, or_, select, update

from service.account_report.values import Reason, Report
from service.db.decisions import Position
from service.db.once import insert_once
from service.db.tables import account_report as table

_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
_HEAD = ("id", "account", "subject", "since", "until", "asked_by", "asked_at", "made_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A report that was asked for. ``made_at`` is None until a worker has made it."""

    id: str
    account: str
    reason: Reason
    subject: str
    since: datetime
    until: datetime
    asked_by: str
    asked_at: datetime
    made_at: datetime | None = None

    @property
    def place(self) -> Position:
        """Its place in a list of the newest."""
        return Position(at=self.asked_at, id=self.id)


def ask(connection: Connection, wanted: Kept) -> bool:
    """Note that a report is wanted; False, and no change, when it was asked for already."""
    return insert_once(connection, table, {name: getattr(wanted, name) for name in (*_HEAD, "reason")})


def keep(connection: Connection, report_id: str, report: Report) -> None:
    """Store what a report says that this transaction has locked."""
    document = _REPORT.dump_python(report, mode="json")
    made = update(table).where(table.c.id == report_id)
    connection.execute(made.values(document=document, made_at=report.made_at))


def get(connection: Connection, report_id: str, *, lock: bool = False) -> Kept | None:
    """One that was asked for, or None."""
    query = select(*_columns()).where(table.c.id == report_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _kept(row)


def read(connection: Connection, report_id: str) -> Report | None:
    """What a report says; None where there is none, or it is not made yet."""
    return _report(connection, select(table.c.document).where(table.c.id == report_id))


def last(connection: Connection, account: str, before: datetime) -> Report | None:
    """The report on an account that was made last before a moment."""
    query = select(table.c.document).where(table.c.account == account, table.c.made_at < before)
    return _report(connection, query.order_by(table.c.made_at.desc(), table.c.id.desc()).limit(1))


def newest(
    connection: Connection, account: str, *, after: Position | None = None, limit: int = 50
) -> Sequence[Kept]:
    """The reports on an account, the last to be asked for first, behind a place in the list."""
    query = select(*_columns()).where(table.c.account == account)
    if after is not None:
        at, place = table.c.asked_at, table.c.id
        query = query.where(or_(at < after.at, and_(at == after.at, place < after.id)))
    query = query.order_by(table.c.asked_at.desc(), table.c.id.desc()).limit(limit)
    return [_kept(row) for row in connection.execute(query)]


def _columns() -> list[Any]:
    return [table.c[name] for name in (*_HEAD, "reason")]


def _kept(row: Row[Any]) -> Kept:
    return Kept(**{name: getattr(row, name) for name in _HEAD}, reason=Reason(row.reason))


def _report(connection: Connection, query: Any) -> Report | None:
    document = connection.execute(query).scalar()
    return None if document is None else _REPORT.validate_python(document, strict=False)
