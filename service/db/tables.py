"""The schema, for SQLite and PostgreSQL alike. Rows live in this folder only.

People, accounts and opportunities refer to each other by the CRM's external
ids, not by our row numbers: a file of accounts may name an owner or a parent
that arrives later, and a reference that dangles today is whole tomorrow.
Row numbers serve the tables that are large and hot (keys, domains).
Constraints repeat what the code promises: one decision for an event, one
active assignment for a contact, one turn number in a pool.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """A moment in time: aware datetimes in and out, UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
RowId = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the deployment itself ----------------------------------------------------

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

# --- people -------------------------------------------------------------------

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

# --- accounts -----------------------------------------------------------------

account = Table(
    "account",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("external_id", String(255), nullable=False, unique=True),
    Column("name", String(256), nullable=False),
    Column("name_key", BigInteger),  # hash of the whole name as matching compares it; null: no letter in it
    Column("website", String(2048)),
    Column("country", String(2)),
    Column("state", String(128)),
    Column("city", String(128)),
    Column("phone", String(64)),
    Column("parent", String(255), index=True),
    Column("lifecycle", String(64)),
    Column("segment", String(64)),
    Column("employees", BigInteger),
    Column("custom", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index(None, "updated_at", "id"),
    Index(None, "name_key", "country"),
)

account_alias = Table(
    "account_alias",
    metadata,
    Column("account_id", RowId, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(256), nullable=False),
    Column("source", String(32), nullable=False),
    PrimaryKeyConstraint("account_id", "name"),
)

account_domain = Table(
    "account_domain",
    metadata,
    Column("account_id", RowId, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("domain", String(253), nullable=False),
    Column("source", String(16), nullable=False),  # matching.types.DomainSource
    Column("support", Integer, nullable=False),
    Column("quarantined", Boolean, nullable=False),
    PrimaryKeyConstraint("account_id", "domain", "source"),
    Index(None, "domain", "account_id"),
)

account_key = Table(  # blocking keys, written in the account's own transaction
    "account_key",
    metadata,
    Column("key", BigInteger, nullable=False),
    # No foreign key: for some 25 rows an account, the check costs PostgreSQL more than the rows do.
    Column("account_id", RowId, nullable=False),
    PrimaryKeyConstraint("key", "account_id"),
    Index(None, "account_id"),
    sqlite_with_rowid=False,
)

hot_key = Table(  # keys on more accounts than retrieve anything, and on how many: counting them is slow
    "hot_key",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("accounts", BigInteger, nullable=False),
)

corpus = Table(  # one row: how many accounts there are, which is slow to count
    "corpus",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("accounts", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

account_role = Table(  # the owner and the account team, each with the time it holds
    "account_role",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", RowId, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("role", String(32), nullable=False),  # "OWNER", "AE", "SDR", "AM", "CSM", ...
    Column("rep", String(255), nullable=False),
    Column("starts", Instant),
    Column("until", Instant),
    Index(None, "account_id"),
    Index(None, "rep"),
)

account_tier = Table(
    "account_tier",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", RowId, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("tier", String(64), nullable=False),
    Column("starts", Instant),
    Column("until", Instant),
    Column("reason", String(500)),
    Column("decided_by", String(255)),
    Index(None, "account_id"),
)

opportunity = Table(
    "opportunity",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("external_id", String(255), nullable=False, unique=True),
    Column("account", String(255), nullable=False, index=True),
    Column("owner", String(255)),
    Column("stage", String(128)),
    Column("kind", String(64)),
    Column("amount", Numeric(18, 2)),
    Column("opened_at", Instant),
    Column("closed_at", Instant),
    Column("won", Boolean),
    Column("updated_at", Instant, nullable=False),
)

activity = Table(
    "activity",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("external_id", String(255), nullable=False, unique=True),
    Column("rep", String(255)),
    Column("account", String(255)),
    Column("contact", String(255)),
    Column("kind", String(64), nullable=False),
    Column("direction", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "account", "at"),
    Index(None, "contact", "at"),
)

# --- pools --------------------------------------------------------------------

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

# --- contacts and decisions ---------------------------------------------------

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
    Index(None, "domain", "id"),
    Index(None, "account", "id"),
)

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
    Index(None, "at", "id"),
    Index(None, "contact_id", "at"),
    Index(None, "account", "at"),
    Index(None, "rep", "at"),
    Index(None, "routing_outcome", "at"),
    Index(None, "match_outcome", "at"),
    Index(None, "rule", "at"),
)

ACTIVE = text("ended_at IS NULL")

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
    Column("ended_at", Instant),  # completed, rejected, reassigned: no longer the rep's to act on
    Column("ended_by", String(255)),
    Index("uq_assignment_active", "contact_id", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    Index(None, "contact_id"),
    Index(None, "rep", "ended_at"),
    Index(None, "decision_id"),
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

# --- rulebooks and policies ---------------------------------------------------

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

policy = Table(
    "policy",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

# --- intake and delivery ------------------------------------------------------

source = Table(
    "source",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),  # which file of service/intake reads it
    Column("secrets", Json, nullable=False),  # newest first, see service.delivery.signing.Secret
    Column("token_header", String(64)),  # the header that carries a secret as it is; null: signatures
    Column("mapping", Json, nullable=False),  # contact field -> path in the body
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
    Column("state", String(16), nullable=False),  # "waiting", "decided", "quarantined", "conflict"
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),  # when it is due; while a worker has it, when its claim ends
    Column("notes", Json, nullable=False),  # what the mapping ignored or changed
    Column("problem", String(1000)),
    Column("decision_id", String(40)),
    Column("decided_at", Instant),
    UniqueConstraint("source", "dedupe_key"),
    Index(None, "state", "next_at", "id"),
    Index(None, "source", "state", "id"),
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
    Column("contact_id", RowId, nullable=False),
    Column("decision_id", String(40), nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", String(16), nullable=False),  # "waiting", "sending", "delivered", "dead"
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("last_status", Integer),
    Column("last_error", String(500)),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    UniqueConstraint("destination_id", "message_id"),
    Index(None, "destination_id", "state", "next_at", "id"),
    Index(None, "state", "created_at"),
    Index("ix_delivery_leased", "lease_until", sqlite_where=LEASED, postgresql_where=LEASED),
    Index(None, "decision_id"),
    Index(None, "destination_id", "contact_id", "id"),
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
