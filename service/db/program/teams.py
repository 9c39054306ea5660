"""The teams of accounts, as far as the program's roles go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, or_, select

from service.db.account_state import OWNER
from service.db.tables import account, account_role


def of_accounts(
    connection: Connection, wanted: Sequence[str], roles: Sequence[str], now: datetime
) -> dict[str, dict[str, str]]:
    """The reps of each account by role, its owner under OWNER, those in force; the last to start counts."""
    held = account_role.c
    query = (
        select(account.c.external_id, held.role, held.rep)
        .join(account, account.c.id == held.account_id)
        .where(
            account.c.external_id.in_(sorted(set(wanted))),
            held.role.in_((OWNER, *roles)),
            or_(held.starts.is_(None), held.starts <= now),
            or_(held.until.is_(None), held.until > now),
        )
        .order_by(account.c.external_id, held.role, held.starts.is_not(None), held.starts, held.id)
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row[0]][row[1]] = row[2]
    return dict(found)
