"""Who signs in, what was changed by whom, and whose data was erased."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    text,
)

from service.db.tables.base import Instant, Json, RowId, metadata

person = Table(
    "person",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", String(320), nullable=False, unique=True),  # in lower case
    Column("name", String(256), nullable=False),
    Column("roles", Json, nullable=False),  # service.auth.Scope
    Column("password", String(255)),  # service.people.passwords; null: none set, or signs in elsewhere
    Column("subject", String(600), unique=True),  # issuer and subject of an identity provider
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("signed_in_at", Instant),
)

session = Table(  # of the console; a row for each browser that signed in
    "session",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of what the cookie holds
    Column("person", String(40)),  # who signed in, or
    Column("api_key", String(40)),  # the key they signed in with
    Column("begun_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("(person IS NULL) <> (api_key IS NULL)", name="whose"),
    Index(None, "person"),
    Index(None, "seen_at"),
)

one_time = Table(  # what works once: links to set a password, and the way to an identity provider and back
    "one_time",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of what was handed out
    Column("purpose", String(16), nullable=False),
    Column("person", String(40)),
    Column("data", Json, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index(None, "expires_at"),
)

UNSEALED = text("seq IS NULL")

audit = Table(  # written with what it tells of; sealed in a chain soon after, see service.audit
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("actor_id", String(40), nullable=False),
    Column("action", String(128), nullable=False),
    Column("subject", String(400), nullable=False),
    Column("detail", Json, nullable=False),
    Column("seq", BigInteger),  # its place in the chain; null: not sealed yet
    Column("digest", String(64)),  # of the decision that it tells of, as it was when sealed
    Column("seal", String(64)),  # HMAC over the seal before, and all of the above
    Index("uq_audit_seq", "seq", unique=True),
    Index("ix_audit_unsealed", "id", sqlite_where=UNSEALED, postgresql_where=UNSEALED),
    Index(None, "subject", "id"),
    Index(None, "actor", "id"),
    Index(None, "action", "id"),
)

audit_head = Table(  # one row: where the chain ends, so that a missing end is seen
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("seal", String(64), nullable=False),  # of the entry at the end
    Column("proof", String(64), nullable=False),  # HMAC over both
    Column("at", Instant, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

erasure = Table(  # whose data was erased, known by a keyed hash of the address
    "erasure",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("subject", String(64), nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("by", String(255), nullable=False),
    Column("erased", Json, nullable=False),  # how many rows of what
    Column("lifted_at", Instant),  # from then on contacts with the address are taken in again
    Column("lifted_by", String(255)),
)

erased_id = Table(  # what other systems called somebody whose data was erased: keyed hashes of external ids
    "erased_id",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("erasure_id", String(40), ForeignKey("erasure.id"), primary_key=True),
)
