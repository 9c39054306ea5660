"""Accounts, their names, domains and keys, who serves them, and what is being sold to them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
)

from service.db.tables.base import Instant, Json, RowId, metadata

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
    # Ids of many rows without the rows; SQLite keeps its rows in the order of their numbers anyway.
    Index(None, "id", "external_id").ddl_if(dialect="postgresql"),
)

account_alias = Table(
    "account_alias",
    metadata,
    Column("account_id", RowId, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(256), nullable=False),
    Column("source", String(32), nullable=False),
    Column("kind", String(16), nullable=False, server_default="other"),  # matching.types.AliasKind
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
    Column("part", String(253)),  # the host below it that is all the account has of it, as listed or learned
    Column("name_key", BigInteger),  # of the account: the unlike names on a domain are counted in its index
    # What a match reads of a domain is all in the key's index: PostgreSQL need not look up the row.
    PrimaryKeyConstraint(
        "account_id", "domain", "source", postgresql_include=["support", "quarantined", "part"]
    ),
    Index(None, "domain", "account_id", "name_key"),
)

domain_refusal = Table(  # domains that contacts came with, and that a person said are not the account's
    "domain_refusal",
    metadata,
    Column("account_id", RowId, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("domain", String(253), nullable=False),
    Column("support", Integer, nullable=False),  # as it was when it was refused
    Column("refused_by", String(255), nullable=False),
    Column("refused_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "domain"),
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
    Column("key_scheme", String(40)),  # how the rows of account_key were made: matching.keys.scheme
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
    Column("currency", String(3)),  # ISO 4217, of the amounts; null: the home currency
    Column("iarr", Numeric(18, 2)),  # incremental annual recurring revenue
    Column("expected_close_at", Instant),  # the forecast, while it is open
    Column("campaign", String(255)),  # the campaign it came from: our id, or the CRM's
    Column("source", String(128)),
    Index(None, "opened_at"),
    Index(None, "closed_at"),
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
    Index(None, "at"),
)
