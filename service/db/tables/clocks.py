"""The clocks of assignments, and the timers that fire when one of them has something to say."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from service.db.tables.base import Instant, Json, RowId, metadata

RUNNING = text("state = 'running'")

assignment_clock = Table(
    "assignment_clock",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("assignment_id", String(40), ForeignKey("assignment.id"), nullable=False),
    Column("contact_id", RowId, ForeignKey("contact.id"), nullable=False),
    Column("rep", String(255), nullable=False),
    Column("name", String(64), nullable=False),  # "first_touch", "acceptance", or one's own
    Column("promise", Json, nullable=False),  # a routing.types.clocks.Clock: minutes, calendar, terms
    Column("state", String(16), nullable=False),  # "running", "paused", "met", "stopped"
    Column("anchor_at", Instant, nullable=False),  # from when what is left of the time counts
    Column("left_seconds", BigInteger, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("paused_at", Instant),
    Column("pause_reason", String(500)),
    Column("ended_at", Instant),  # met: when it was done; stopped: when the contact left the rep
    Column("missed_at", Instant),  # when its time was up with nothing done
    Column("paused_seconds", BigInteger, nullable=False, server_default="0"),  # by all pauses that have ended
    UniqueConstraint("assignment_id", "name"),
    Index(None, "rep", "missed_at"),
    Index(None, "contact_id"),
    Index(None, "due_at"),
    Index("ix_assignment_clock_running", "due_at", "id", sqlite_where=RUNNING, postgresql_where=RUNNING),
)

UNFIRED = text("fired_at IS NULL AND cancelled_at IS NULL")

timer = Table(  # what is to happen at a time, once
    "timer",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(32), nullable=False),  # which of service.clocks.handlers fires it
    Column("subject", String(64), nullable=False),  # what it is about, e.g. the id of a clock
    Column("ordinal", Integer, nullable=False),  # of several of one kind and subject
    Column("due_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),  # when a worker looks; while one has it, when its claim ends
    Column("attempts", Integer, nullable=False),
    Column("fired_at", Instant),
    Column("cancelled_at", Instant),
    Column("outcome", String(64)),
    Column("problem", String(500)),
    UniqueConstraint("kind", "subject", "ordinal"),
    Index("ix_timer_unfired", "next_at", "id", sqlite_where=UNFIRED, postgresql_where=UNFIRED),
)
