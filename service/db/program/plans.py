"""Plans of strategic accounts, at most one of an account open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from service.db.decisions import Position
from service.db.once import insert_once
from service.db.tables import program_plan as table
from service.program.core.plans import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A plan with who agreed to it. ``ae`` and ``marketing`` agreed to this very revision."""

    id: str
    account: str
    revision: int
    plan: Plan
    made_by: str
    made_at: datetime
    updated_at: datetime
    ae: str | None = None
    ae_agreed_at: datetime | None = None
    marketing: str | None = None
    marketing_agreed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None

    @property
    def agreed(self) -> bool:
        """Whether sales and marketing agree on it as it is."""
        return self.ae_agreed_at is not None and self.marketing_agreed_at is not None


def add(connection: Connection, made: Stored) -> bool:
    """Store a plan; False, and no change, when the account has one that is open."""
    values = {name: getattr(made, name) for name in made.__slots__ if name != "plan"}
    return insert_once(connection, table, values | {"document": made.plan.model_dump(mode="json")})


def change(connection: Connection, plan_id: str, **values: Any) -> None:
    """Set columns of a plan that this transaction has locked."""
    connection.execute(update(table).where(table.c.id == plan_id).values(**values))


def rewrite(connection: Connection, found: Stored, plan: Plan, now: datetime) -> None:
    """Store what a plan says now, as a further revision to which nobody has agreed."""
    change(
        connection,
        found.id,
        document=plan.model_dump(mode="json"),
        revision=found.revision + 1,
        updated_at=now,
        ae=None,
        ae_agreed_at=None,
        marketing=None,
        marketing_agreed_at=None,
    )


def get(connection: Connection, plan_id: str, *, lock: bool = False) -> Stored | None:
    """One plan, or None; with ``lock`` nobody else changes it before this transaction ends."""
    query = select(table).where(table.c.id == plan_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _stored(row)


def open_of(connection: Connection, account: str, *, lock: bool = False) -> Stored | None:
    """The plan of an account that is open."""
    query = select(table).where(table.c.account == account, table.c.ended_at.is_(None))
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _stored(row)


def newest(
    connection: Connection,
    *,
    account: str | None = None,
    open_only: bool = False,
    after: Position | None = None,
    limit: int = 200,
) -> Sequence[Stored]:
    """Plans, the newest first, behind a place in the list: those of an account, or the open ones."""
    query = select(table).order_by(table.c.made_at.desc(), table.c.id.desc()).limit(limit)
    if account is not None:
        query = query.where(table.c.account == account)
    if open_only:
        query = query.where(table.c.ended_at.is_(None))
    if after is not None:
        at, place = table.c.made_at, table.c.id
        query = query.where(or_(at < after.at, and_(at == after.at, place < after.id)))
    return [_stored(row) for row in connection.execute(query)]


def _stored(row: Row[Any]) -> Stored:
    plain = {name: getattr(row, name) for name in Stored.__slots__ if name != "plan"}
    return Stored(**plain, plan=Plan.model_validate(row.document))
