"""Matching policies: each version that ever decided, kept with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from matching.policy import MatchPolicy
from service.db import changes
from service.db.tables import policy as table
from service.db.tables import policy_activation


def record(connection: Connection, policy: MatchPolicy, now: datetime) -> None:
    """Keep a policy under its version. Again: no change."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    kept = {"version": policy.version, "text": policy.model_dump_json(), "created_at": now}
    connection.execute(dialect.insert(table).values(kept).on_conflict_do_nothing())


def get(connection: Connection, version: str) -> MatchPolicy | None:
    """The policy of a version, or None."""
    text = connection.execute(select(table.c.text).where(table.c.version == version)).scalar()
    return None if text is None else MatchPolicy.model_validate_json(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """That a policy was made the one that decides. ``version`` None: the one that ships."""

    version: str | None
    author: str
    reason: str | None
    at: datetime


def activate(connection: Connection, activation: Activation) -> None:
    """Let a policy on record decide from now on."""
    before, after = {"version": live_version(connection)}, {"version": activation.version}
    changes.note(connection, "policy", "live", before, after)
    row = {"version": activation.version, "author": activation.author, "reason": activation.reason}
    connection.execute(insert(policy_activation).values(row | {"at": activation.at}))


def live_version(connection: Connection) -> str | None:
    """The version of the policy that decides, None for the one that ships."""
    newest = policy_activation.c.id.desc()
    return connection.execute(select(policy_activation.c.version).order_by(newest).limit(1)).scalar()


def activations(connection: Connection, limit: int = 100) -> list[Activation]:
    """Which policies decided when, newest first."""
    query = select(policy_activation).order_by(policy_activation.c.id.desc()).limit(limit)
    return [
        Activation(version=row.version, author=row.author, reason=row.reason, at=row.at)
        for row in connection.execute(query)
    ]
