"""The deployment itself: its identity, its API keys, the answers it gave to repeated requests."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
)

from service.db.tables.base import Instant, Json, metadata

instance = Table(
    "instance",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("secret", String(128), nullable=False),  # used when no MUSTER_SECRET_KEY is set
    Column("created_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("hash", String(64), nullable=False),  # HMAC-SHA256 of the secret part
    Column("scopes", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Column("expires_at", Instant),
    Column("previous_hash", String(64)),  # after a rotation: the secret before, which works
    Column("previous_until", Instant),  # until then
    Column("person", String(40)),  # whose key it is; null: a system's
    Column("created_by", String(255)),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("caller", String(40), nullable=False),  # the API key's id: callers never see each other's answers
    Column("key", String(255), nullable=False),
    Column("digest", String(64), nullable=False),  # of method, path and body
    Column("status", Integer),  # null while the first call still runs
    Column("body", LargeBinary),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("caller", "key"),
    Index(None, "created_at"),
)
