"""Pools, their members, and the ledger of turns."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from service.db.tables.base import Instant, Json, RowId, metadata

pool = Table(
    "pool",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("settings", Json, nullable=False),
    Column("turn", BigInteger, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

pool_member = Table(
    "pool_member",
    metadata,
    Column("pool_id", RowId, ForeignKey("pool.id", ondelete="CASCADE"), nullable=False),
    Column("rep", String(255), nullable=False),
    Column("weight", Integer, nullable=False),
    Column("turns", BigInteger, nullable=False),
    Column("credit", BigInteger, nullable=False),
    Column("last_turn", BigInteger, nullable=False),
    PrimaryKeyConstraint("pool_id", "rep"),
    CheckConstraint("weight >= 0", name="weight"),
)

turn = Table(  # the ledger: one row for every turn drawn or given back
    "turn",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("pool_id", RowId, ForeignKey("pool.id", ondelete="CASCADE"), nullable=False),
    Column("turn", BigInteger),  # null where no number is used: all but draws
    Column("kind", String(16), nullable=False),  # "draw", "missed", "give_back", "join", ...
    Column("rep", String(255), nullable=False),
    Column("decision_id", String(40)),
    Column("reason", String(500)),
    Column("at", Instant, nullable=False),
    UniqueConstraint("pool_id", "turn"),
    Index(None, "pool_id", "at"),
    Index(None, "decision_id"),
)
