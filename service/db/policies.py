"""Matching policies: each version that ever decided, kept with its numbers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from matching.policy import MatchPolicy
from service.db.tables import policy as table


def record(connection: Connection, policy: MatchPolicy, now: datetime) -> None:
    """Keep a policy under its version. Again: no change."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    kept = {"version": policy.version, "text": policy.model_dump_json(), "created_at": now}
    connection.execute(dialect.insert(table).values(kept).on_conflict_do_nothing())


def get(connection: Connection, version: str) -> MatchPolicy | None:
    """The policy of a version, or None."""
    text = connection.execute(select(table.c.text).where(table.c.version == version)).scalar()
    return None if text is None else MatchPolicy.model_validate_json(text)
