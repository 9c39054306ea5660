"""Pools, their members, and the ledger of turns."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    true,
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
    Column("reset_at", Instant),  # when the members last started from zero
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
    Column("percent", Integer, nullable=False, server_default="100"),  # of the weight, as of the last draw
    Column("since", Instant),  # when the rep joined
    Column("starts", Instant),
    Column("until", Instant),
    Column("caps", Json),  # {"day": 5, ...}
    Column("named", Boolean, nullable=False, server_default=true()),  # false: only by the pool's condition
    PrimaryKeyConstraint("pool_id", "rep"),
    CheckConstraint("weight >= 0", name="weight"),
)

turn = Table(  # the ledger: one row for whatever changes a standing or a share
    "turn",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("pool_id", RowId, ForeignKey("pool.id", ondelete="CASCADE"), nullable=False),
    Column("turn", BigInteger),  # null where no number is used: all but draws
    Column("kind", String(16), nullable=False),  # routing.types.rotation.EntryKind
    Column("rep", String(255), nullable=False),
    Column("decision_id", String(40)),
    Column("reason", String(500)),
    Column("at", Instant, nullable=False),
    Column("amount", BigInteger),  # what it added to the credit; null in rows older than this column
    Column("weight", Integer),  # the share in force after it, in hundredths; where it may have changed
    Column("gives_back", BigInteger),  # the number of the turn that is given back
    Column("skipped", Json),  # of a draw: {reason: [rep, ...]} for who was passed over
    Column("said_by", String(255)),
    UniqueConstraint("pool_id", "turn"),
    Index("uq_turn_gives_back", "pool_id", "gives_back", unique=True),
    Index(None, "pool_id", "rep", "at"),
    Index(None, "rep", "at"),
    Index(None, "pool_id", "at"),
    Index(None, "decision_id"),
)
