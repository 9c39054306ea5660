"""People: the reps and when they are away."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    String,
    Table,
)

from service.db.tables.base import Instant, Json, RowId, metadata

rep = Table(
    "rep",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("external_id", String(255), nullable=False, unique=True),
    Column("name", String(256), nullable=False),
    Column("email", String(320)),
    Column("role", String(64)),
    Column("team", String(128)),
    Column("manager", String(255)),
    Column("time_zone", String(64), nullable=False),
    Column("working_hours", Json, nullable=False),  # [[weekday, start minute, end minute], ...]
    Column("active", Boolean, nullable=False),
    Column("custom", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

rep_absence = Table(
    "rep_absence",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("rep", String(255), nullable=False),
    Column("start", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("cover", String(255)),
    Column("reason", String(500)),
    CheckConstraint("start < until", name="order"),
    Index(None, "rep", "until"),
)
