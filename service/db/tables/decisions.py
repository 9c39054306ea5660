"""Contacts, what was decided about them, and what waits for an answer."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    text,
)

from service.db.tables.base import Instant, Json, RowId, metadata

contact = Table(
    "contact",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("identity", String(340), nullable=False, unique=True),  # "x:" id, "e:" e-mail, "f:" digest
    Column("external_id", String(255), index=True),
    Column("email", String(320), index=True),
    Column("domain", String(253)),  # registrable company domain of the e-mail, if any
    Column("account", String(255)),  # matched by the latest decision
    Column("data", Json, nullable=False),  # the contact as known: events overlaid in the order of their times
    Column("answers", Json, nullable=False),  # by rule: what became of its question or hold
    Column("occurred_at", Instant, nullable=False),  # of the newest event decided
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("erased_at", Instant),  # nothing personal is left
    Index(None, "domain", "id"),
    Index(None, "account", "id"),
    Index(None, "created_at"),
)

MENTIONING = text("mentions IS NOT FALSE")

decision = Table(
    "decision",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("event_key", String(300), nullable=False, unique=True),
    Column("event_digest", String(64), nullable=False),  # of the body: same key, other body is refused
    Column("contact_id", RowId, ForeignKey("contact.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", String(128)),
    Column("email", String(320)),
    Column("company", String(256)),
    Column("match_outcome", String(16), nullable=False),
    Column("account", String(255)),
    Column("score", Float, nullable=False),
    Column("routing_outcome", String(16), nullable=False),
    Column("rule", String(128)),
    Column("rep", String(255)),
    Column("pool", String(128)),
    Column("queue", String(128)),
    Column("assignment_id", String(40)),
    Column("policy_version", String(64), nullable=False),
    Column("rulebook_version", String(64), nullable=False),
    Column("body", Json, nullable=False),  # the whole decision, see service.decision
    Column("erased_at", Instant),  # what was personal in it is gone
    Column("mentions", Boolean),  # whether another address than ``email`` stands in it; null: not known
    Index(None, "at", "id"),
    Index(None, "contact_id", "at"),
    Index(None, "email", "at"),
    Index("ix_decision_mentions", "id", sqlite_where=MENTIONING, postgresql_where=MENTIONING),
    Index(None, "account", "at"),
    Index(None, "rep", "at"),
    Index(None, "routing_outcome", "at"),
    Index(None, "match_outcome", "at"),
    Index(None, "rule", "at"),
    Index("ix_decision_shares", "at", "rule", "routing_outcome", "match_outcome", "rulebook_version"),
)

ACTIVE = text("ended_at IS NULL")
COVERING = text("ended_at IS NULL AND covers IS NOT NULL")

assignment = Table(
    "assignment",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("contact_id", RowId, ForeignKey("contact.id"), nullable=False),
    Column("decision_id", String(40), ForeignKey("decision.id"), nullable=False),
    Column("rep", String(255), nullable=False),
    Column("pool", String(128)),
    Column("turn", BigInteger),  # the turn of the pool it was drawn with
    Column("status", String(16), nullable=False),
    Column("reason", String(500)),
    Column("due_at", Instant),
    Column("assigned_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    Column("touched_at", Instant),  # the rep's first outbound activity with the contact
    Column("touched_by", String(300)),  # the activity's id, or who said so
    Column("covers", String(255)),  # the absent rep for whom this one stands in
    Column("ended_at", Instant),  # completed, rejected, reassigned: no longer the rep's to act on
    Column("ended_by", String(255)),
    Index("ix_assignment_covering", "covers", sqlite_where=COVERING, postgresql_where=COVERING),
    Index("uq_assignment_active", "contact_id", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    Index(None, "contact_id"),
    Index(None, "rep", "ended_at"),
    Index(None, "rep", "assigned_at"),
    Index(None, "assigned_at"),
    Index(None, "accepted_at"),
    Index(None, "decision_id"),
    Index(None, "due_at"),
)

waiting = Table(  # what is not settled yet: holds, questions, uncertain matches
    "waiting",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("decision_id", String(40), ForeignKey("decision.id"), nullable=False),
    Column("contact_id", RowId, ForeignKey("contact.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # "held", "asked", "review"
    Column("due_at", Instant),  # when the worker looks again; null: only a person settles it
    Column("settled_at", Instant),
    Column("settled_by", String(255)),
    Column("answer", Json),
    Column("company_name", String(256)),  # of an uncertain match: matching.memory.CompanyKey
    Column("company_domain", String(253)),
    UniqueConstraint("decision_id", "kind"),
    Index(None, "settled_at", "due_at"),
    Index(None, "contact_id"),
    Index(None, "company_name", "company_domain"),
)

STANDING = text("undone_at IS NULL")

match_memory = Table(  # what people answered about matches, for a company name and domain
    "match_memory",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(256), nullable=False),  # matching.memory.CompanyKey; empty: the contact gave none
    Column("domain", String(253), nullable=False),  # empty: free-mail and the like
    Column("account", String(255), nullable=False),
    Column("same", Boolean, nullable=False),  # these contacts are on the account; false: they never are
    Column("answer", String(16), nullable=False),  # service.db.memory.Answer
    Column("decision_id", String(40), ForeignKey("decision.id"), nullable=False),
    Column("said_by", String(255), nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("undone_at", Instant),
    Column("undone_by", String(255)),
    Index(
        "uq_match_memory_standing",
        "name",
        "domain",
        "account",
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    ),
    Index(None, "account"),
    Index(None, "decision_id"),
)
