"""What comes in and what goes out: sources, the inbox, destinations, the outbox, imports."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from service.db.tables.base import Instant, Json, RowId, metadata

source = Table(
    "source",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),  # which file of service/intake reads it
    Column("secrets", Json, nullable=False),  # newest first, see service.delivery.signing.Secret
    Column("token_header", String(64)),  # the header that carries a secret as it is; null: signatures
    Column("mapping", Json, nullable=False),  # contact field -> path in the body
    Column("crm", Json),  # how to get the records that events only name: service.intake.crm.settings
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

inbox = Table(  # what was received and acknowledged, until it is decided
    "inbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("dedupe_key", String(300), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),  # service.db.inbox.State
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),  # when it is due; while a worker has it, when its claim ends
    Column("notes", Json, nullable=False),  # what the mapping ignored or changed
    Column("problem", String(1000)),
    Column("decision_id", String(40)),
    Column("decided_at", Instant),
    Column("record", LargeBinary),  # what the CRM has of the record that the item only names
    UniqueConstraint("source", "dedupe_key"),
    Index(None, "state", "next_at", "id"),
    Index(None, "source", "state", "id"),
)

heard = Table(  # how new what is known of a record is, by its source's own time: older news changes nothing
    "heard",
    metadata,
    Column("subject", String(320), primary_key=True),  # "account:" and its id
    Column("at", Instant, nullable=False),
)

destination = Table(
    "destination",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),  # which file of service/delivery sends to it
    Column("url", String(2048), nullable=False),
    Column("secrets", Json, nullable=False),  # newest first, see service.delivery.signing.Secret
    Column("events", Json, nullable=False),  # event types it wants; empty: all
    Column("settings", Json),  # what its kind lets be set; null: nothing
    Column("credentials", Json),  # what its kind signs in with, never shown; null: nothing
    Column("active", Boolean, nullable=False),  # false: paused; messages are queued, none is sent
    Column("disabled_reason", String(500)),  # set: nothing is queued either, e.g. after a 410
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant),
)

LEASED = text("lease_until IS NOT NULL")

delivery = Table(  # the outbox: one row for each message and destination
    "delivery",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("message_id", String(64), nullable=False),  # stable over retries: the receiver's dedupe key
    Column("destination_id", String(40), ForeignKey("destination.id"), nullable=False),
    Column("type", String(64), nullable=False),
    Column("contact_id", RowId),  # null: the message is about no contact, so it has no order to keep
    Column("decision_id", String(40)),
    Column("payload", Json, nullable=False),
    Column("state", String(16), nullable=False),  # "waiting", "sending", "delivered", "dead"
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("last_status", Integer),
    Column("last_error", String(500)),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("overtaken", Integer),  # how often a sender came back after its lease: sent twice, perhaps
    UniqueConstraint("destination_id", "message_id"),
    Index(None, "destination_id", "state", "next_at", "id"),
    Index(None, "state", "created_at"),
    Index("ix_delivery_leased", "lease_until", sqlite_where=LEASED, postgresql_where=LEASED),
    Index(None, "decision_id"),
    Index(None, "destination_id", "contact_id", "id"),
)

link_use = Table(  # the links of notices that reps have used: each works once
    "link_use",
    metadata,
    Column("id", String(255), primary_key=True),  # of the notice: its accept and its reject share it
    Column("action", String(16), nullable=False),
    Column("rep", String(255), nullable=False),
    Column("used_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),  # from then on the link is refused anyway
    Index(None, "ends_at"),
)

import_run = Table(
    "import_run",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),  # "waiting", "running", "done", "failed"
    Column("body", LargeBinary),
    Column("media_type", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("notes", Json, nullable=False),  # what was assumed, which columns were left aside
    Column("errors", Json, nullable=False),  # the first so many: line, column, problem, left_out
    Column("problem", String(1000)),  # why it failed as a whole
    Column("lease_until", Instant),  # of the worker that runs it; past: another starts it again
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Index(None, "state", "created_at"),
)
