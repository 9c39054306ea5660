"""Finding accounts by what somebody types: the id, or how a name begins, or a word in it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, case, func, or_, select

from service.db import account_rows
from service.db.account_state import AccountState
from service.db.likeness import ESCAPE, escaped
from service.db.tables import account as table


def search(connection: Connection, typed: str, *, after: int, limit: int) -> list[AccountState]:
    """Up to ``limit`` accounts behind the first ``after``: that id, names that begin so, words that do."""
    text = typed.strip()
    if not text:
        return []
    beginning = escaped(text.lower())
    name = func.lower(table.c.name)
    begins = name.like(f"{beginning}%", escape=ESCAPE)
    word = name.like(f"% {beginning}%", escape=ESCAPE)
    rank = case((table.c.external_id == text, 0), (begins, 1), else_=2)
    query = select(table).where(or_(table.c.external_id == text, begins, word))
    ordered = query.order_by(rank, name, table.c.id).offset(after).limit(limit)
    return account_rows.load(connection, ordered)


def of_ids(connection: Connection, ids: Sequence[str]) -> list[AccountState]:
    """The accounts with these ids, those that there are."""
    return account_rows.load(connection, select(table).where(table.c.external_id.in_(list(ids))))
