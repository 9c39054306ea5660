"""Rulebooks and matching policies: the versions, and which one is live."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from service.db.tables.base import Instant, Json, RowId, metadata

rulebook = Table(  # immutable versions
    "rulebook",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

publication = Table(  # which version was live from when, and who put it there
    "publication",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("version", String(64), ForeignKey("rulebook.version"), nullable=False),
    Column("author", String(255), nullable=False),
    Column("reason", String(1000)),
    Column("at", Instant, nullable=False),
)

rulebook_state = Table(  # one row: the live pointer and the draft
    "rulebook_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("live", String(64), ForeignKey("rulebook.version")),
    Column("draft", Text),
    Column("draft_by", String(255)),
    Column("draft_at", Instant),
    CheckConstraint("id = 1", name="single"),
)

lint_result = Table(  # what follows from a text by reasoning, found once for all processes
    "lint_result",
    metadata,
    Column("digest", String(64), primary_key=True),  # of the text and all else that the findings rest on
    Column("text", Text),  # until they are found
    Column("moment", Instant, nullable=False),  # as of which the text is looked at
    Column("passing", Json, nullable=False),  # the pools that leave contacts to the next rule
    Column("asked_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("tries", Integer, nullable=False),
    Column("found_at", Instant),
    Column("findings", Json),
    Index(None, "asked_at"),
)

policy = Table(
    "policy",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

policy_activation = Table(  # append-only: the newest row says which policy decides
    "policy_activation",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("version", String(64), ForeignKey("policy.version")),  # null: the one that ships
    Column("author", String(255), nullable=False),
    Column("reason", String(1000)),
    Column("at", Instant, nullable=False),
)
