"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("name_key", sa.BigInteger(), nullable=True),
        sa.Column("website", sa.String(length=2048), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("state", sa.String(length=128), nullable=True),
        sa.Column("city", sa.String(length=128), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("parent", sa.String(length=255), nullable=True),
        sa.Column("lifecycle", sa.String(length=64), nullable=True),
        sa.Column("segment", sa.String(length=64), nullable=True),
        sa.Column("employees", sa.BigInteger(), nullable=True),
        sa.Column(
            "custom",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("external_id", name=op.f("uq_account_external_id")),
    )
    op.create_index(op.f("ix_account_name_key_country"), "account", ["name_key", "country"], unique=False)
    op.create_index(op.f("ix_account_parent"), "account", ["parent"], unique=False)
    op.create_index(op.f("ix_account_updated_at_id"), "account", ["updated_at", "id"], unique=False)
    op.create_table(
        "account_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("key", "account_id", name=op.f("pk_account_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_account_key_account_id"), "account_key", ["account_id"], unique=False)
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=True),
        sa.Column("account", sa.String(length=255), nullable=True),
        sa.Column("contact", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("external_id", name=op.f("uq_activity_external_id")),
    )
    op.create_index(op.f("ix_activity_account_at"), "activity", ["account", "at"], unique=False)
    op.create_index(op.f("ix_activity_contact_at"), "activity", ["contact", "at"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column(
            "scopes",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity", sa.String(length=340), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("domain", sa.String(length=253), nullable=True),
        sa.Column("account", sa.String(length=255), nullable=True),
        sa.Column(
            "data",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "answers",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("identity", name=op.f("uq_contact_identity")),
    )
    op.create_index(op.f("ix_contact_account_id"), "contact", ["account", "id"], unique=False)
    op.create_index(op.f("ix_contact_domain_id"), "contact", ["domain", "id"], unique=False)
    op.create_index(op.f("ix_contact_email"), "contact", ["email"], unique=False)
    op.create_index(op.f("ix_contact_external_id"), "contact", ["external_id"], unique=False)
    op.create_table(
        "corpus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_corpus_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corpus")),
    )
    op.create_table(
        "destination",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column(
            "secrets",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "events",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destination")),
        sa.UniqueConstraint("name", name=op.f("uq_destination_name")),
    )
    op.create_table(
        "hot_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_hot_key")),
    )
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column(
            "notes",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "errors",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("problem", sa.String(length=1000), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(
        op.f("ix_import_run_state_created_at"), "import_run", ["state", "created_at"], unique=False
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("dedupe_key", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "notes",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("problem", sa.String(length=1000), nullable=True),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("source", "dedupe_key", name=op.f("uq_inbox_source_dedupe_key")),
    )
    op.create_index(op.f("ix_inbox_source_state_id"), "inbox", ["source", "state", "id"], unique=False)
    op.create_index(op.f("ix_inbox_state_next_at_id"), "inbox", ["state", "next_at", "id"], unique=False)
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_instance_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_table(
        "opportunity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=True),
        sa.Column("stage", sa.String(length=128), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=True),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("won", sa.Boolean(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
        sa.UniqueConstraint("external_id", name=op.f("uq_opportunity_external_id")),
    )
    op.create_index(op.f("ix_opportunity_account"), "opportunity", ["account"], unique=False)
    op.create_table(
        "policy",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy")),
    )
    op.create_table(
        "pool",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column(
            "settings",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        sa.UniqueConstraint("name", name=op.f("uq_pool_name")),
    )
    op.create_table(
        "rep",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("role", sa.String(length=64), nullable=True),
        sa.Column("team", sa.String(length=128), nullable=True),
        sa.Column("manager", sa.String(length=255), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column(
            "working_hours",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "custom",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rep")),
        sa.UniqueConstraint("external_id", name=op.f("uq_rep_external_id")),
    )
    op.create_table(
        "rep_absence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cover", sa.String(length=255), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("start < until", name=op.f("ck_rep_absence_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rep_absence")),
    )
    op.create_index(op.f("ix_rep_absence_rep_until"), "rep_absence", ["rep", "until"], unique=False)
    op.create_table(
        "rulebook",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rulebook")),
    )
    op.create_table(
        "source",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column(
            "secrets",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("token_header", sa.String(length=64), nullable=True),
        sa.Column(
            "mapping",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source")),
    )
    op.create_table(
        "account_alias",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_alias_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_account_alias")),
    )
    op.create_table(
        "account_domain",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_domain_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "domain", "source", name=op.f("pk_account_domain")),
    )
    op.create_index(
        op.f("ix_account_domain_domain_account_id"), "account_domain", ["domain", "account_id"], unique=False
    )
    op.create_table(
        "account_role",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_role_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_role")),
    )
    op.create_index(op.f("ix_account_role_account_id"), "account_role", ["account_id"], unique=False)
    op.create_index(op.f("ix_account_role_rep"), "account_role", ["rep"], unique=False)
    op.create_table(
        "account_tier",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tier", sa.String(length=64), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("decided_by", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_tier_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_tier")),
    )
    op.create_index(op.f("ix_account_tier_account_id"), "account_tier", ["account_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("event_key", sa.String(length=300), nullable=False),
        sa.Column("event_digest", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("company", sa.String(length=256), nullable=True),
        sa.Column("match_outcome", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("routing_outcome", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=128), nullable=True),
        sa.Column("rep", sa.String(length=255), nullable=True),
        sa.Column("pool", sa.String(length=128), nullable=True),
        sa.Column("queue", sa.String(length=128), nullable=True),
        sa.Column("assignment_id", sa.String(length=40), nullable=True),
        sa.Column("policy_version", sa.String(length=64), nullable=False),
        sa.Column("rulebook_version", sa.String(length=64), nullable=False),
        sa.Column(
            "body",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_decision_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("event_key", name=op.f("uq_decision_event_key")),
    )
    op.create_index(op.f("ix_decision_account_at"), "decision", ["account", "at"], unique=False)
    op.create_index(op.f("ix_decision_at_id"), "decision", ["at", "id"], unique=False)
    op.create_index(op.f("ix_decision_contact_id_at"), "decision", ["contact_id", "at"], unique=False)
    op.create_index(op.f("ix_decision_match_outcome_at"), "decision", ["match_outcome", "at"], unique=False)
    op.create_index(op.f("ix_decision_rep_at"), "decision", ["rep", "at"], unique=False)
    op.create_index(
        op.f("ix_decision_routing_outcome_at"), "decision", ["routing_outcome", "at"], unique=False
    )
    op.create_index(op.f("ix_decision_rule_at"), "decision", ["rule", "at"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("destination_id", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column(
            "payload",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destination.id"], name=op.f("fk_delivery_destination_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "destination_id", "message_id", name=op.f("uq_delivery_destination_id_message_id")
        ),
    )
    op.create_index(op.f("ix_delivery_decision_id"), "delivery", ["decision_id"], unique=False)
    op.create_index(
        op.f("ix_delivery_destination_id_contact_id_id"),
        "delivery",
        ["destination_id", "contact_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_delivery_destination_id_state_next_at_id"),
        "delivery",
        ["destination_id", "state", "next_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_delivery_leased",
        "delivery",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index(op.f("ix_delivery_state_created_at"), "delivery", ["state", "created_at"], unique=False)
    op.create_table(
        "pool_member",
        sa.Column("pool_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("last_turn", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_pool_member_weight")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["pool.id"], name=op.f("fk_pool_member_pool_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "rep", name=op.f("pk_pool_member")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["rulebook.version"], name=op.f("fk_publication_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_table(
        "rulebook_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("live", sa.String(length=64), nullable=True),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("draft_by", sa.String(length=255), nullable=True),
        sa.Column("draft_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_rulebook_state_single")),
        sa.ForeignKeyConstraint(["live"], ["rulebook.version"], name=op.f("fk_rulebook_state_live")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_state")),
    )
    op.create_table(
        "turn",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pool_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_turn_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
        sa.UniqueConstraint("pool_id", "turn", name=op.f("uq_turn_pool_id_turn")),
    )
    op.create_index(op.f("ix_turn_decision_id"), "turn", ["decision_id"], unique=False)
    op.create_index(op.f("ix_turn_pool_id_at"), "turn", ["pool_id", "at"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("pool", sa.String(length=128), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_assignment_contact_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_assignment_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_contact_id"), "assignment", ["contact_id"], unique=False)
    op.create_index(op.f("ix_assignment_decision_id"), "assignment", ["decision_id"], unique=False)
    op.create_index(op.f("ix_assignment_rep_ended_at"), "assignment", ["rep", "ended_at"], unique=False)
    op.create_index(
        "uq_assignment_active",
        "assignment",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "match_memory",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("said_by", sa.String(length=255), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_match_memory_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_memory")),
    )
    op.create_index(op.f("ix_match_memory_account"), "match_memory", ["account"], unique=False)
    op.create_index(op.f("ix_match_memory_decision_id"), "match_memory", ["decision_id"], unique=False)
    op.create_index(
        "uq_match_memory_standing",
        "match_memory",
        ["name", "domain", "account"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "waiting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=255), nullable=True),
        sa.Column(
            "answer",
            sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("company_name", sa.String(length=256), nullable=True),
        sa.Column("company_domain", sa.String(length=253), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_waiting_contact_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_waiting_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.UniqueConstraint("decision_id", "kind", name=op.f("uq_waiting_decision_id_kind")),
    )
    op.create_index(
        op.f("ix_waiting_company_name_company_domain"),
        "waiting",
        ["company_name", "company_domain"],
        unique=False,
    )
    op.create_index(op.f("ix_waiting_contact_id"), "waiting", ["contact_id"], unique=False)
    op.create_index(op.f("ix_waiting_settled_at_due_at"), "waiting", ["settled_at", "due_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_waiting_settled_at_due_at"), table_name="waiting")
    op.drop_index(op.f("ix_waiting_contact_id"), table_name="waiting")
    op.drop_index(op.f("ix_waiting_company_name_company_domain"), table_name="waiting")
    op.drop_table("waiting")
    op.drop_index(
        "uq_match_memory_standing",
        table_name="match_memory",
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.drop_index(op.f("ix_match_memory_decision_id"), table_name="match_memory")
    op.drop_index(op.f("ix_match_memory_account"), table_name="match_memory")
    op.drop_table("match_memory")
    op.drop_index(
        "uq_assignment_active",
        table_name="assignment",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_assignment_rep_ended_at"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_decision_id"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_contact_id"), table_name="assignment")
    op.drop_table("assignment")
    op.drop_index(op.f("ix_turn_pool_id_at"), table_name="turn")
    op.drop_index(op.f("ix_turn_decision_id"), table_name="turn")
    op.drop_table("turn")
    op.drop_table("rulebook_state")
    op.drop_table("publication")
    op.drop_table("pool_member")
    op.drop_index(op.f("ix_delivery_state_created_at"), table_name="delivery")
    op.drop_index(
        "ix_delivery_leased",
        table_name="delivery",
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.drop_index(op.f("ix_delivery_destination_id_state_next_at_id"), table_name="delivery")
    op.drop_index(op.f("ix_delivery_destination_id_contact_id_id"), table_name="delivery")
    op.drop_index(op.f("ix_delivery_decision_id"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_decision_rule_at"), table_name="decision")
    op.drop_index(op.f("ix_decision_routing_outcome_at"), table_name="decision")
    op.drop_index(op.f("ix_decision_rep_at"), table_name="decision")
    op.drop_index(op.f("ix_decision_match_outcome_at"), table_name="decision")
    op.drop_index(op.f("ix_decision_contact_id_at"), table_name="decision")
    op.drop_index(op.f("ix_decision_at_id"), table_name="decision")
    op.drop_index(op.f("ix_decision_account_at"), table_name="decision")
    op.drop_table("decision")
    op.drop_index(op.f("ix_account_tier_account_id"), table_name="account_tier")
    op.drop_table("account_tier")
    op.drop_index(op.f("ix_account_role_rep"), table_name="account_role")
    op.drop_index(op.f("ix_account_role_account_id"), table_name="account_role")
    op.drop_table("account_role")
    op.drop_index(op.f("ix_account_domain_domain_account_id"), table_name="account_domain")
    op.drop_table("account_domain")
    op.drop_table("account_alias")
    op.drop_table("source")
    op.drop_table("rulebook")
    op.drop_index(op.f("ix_rep_absence_rep_until"), table_name="rep_absence")
    op.drop_table("rep_absence")
    op.drop_table("rep")
    op.drop_table("pool")
    op.drop_table("policy")
    op.drop_index(op.f("ix_opportunity_account"), table_name="opportunity")
    op.drop_table("opportunity")
    op.drop_table("instance")
    op.drop_index(op.f("ix_inbox_state_next_at_id"), table_name="inbox")
    op.drop_index(op.f("ix_inbox_source_state_id"), table_name="inbox")
    op.drop_table("inbox")
    op.drop_index(op.f("ix_import_run_state_created_at"), table_name="import_run")
    op.drop_table("import_run")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("hot_key")
    op.drop_table("destination")
    op.drop_table("corpus")
    op.drop_index(op.f("ix_contact_external_id"), table_name="contact")
    op.drop_index(op.f("ix_contact_email"), table_name="contact")
    op.drop_index(op.f("ix_contact_domain_id"), table_name="contact")
    op.drop_index(op.f("ix_contact_account_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_table("api_key")
    op.drop_index(op.f("ix_activity_contact_at"), table_name="activity")
    op.drop_index(op.f("ix_activity_account_at"), table_name="activity")
    op.drop_table("activity")
    op.drop_index(op.f("ix_account_key_account_id"), table_name="account_key")
    op.drop_table("account_key")
    op.drop_index(op.f("ix_account_updated_at_id"), table_name="account")
    op.drop_index(op.f("ix_account_parent"), table_name="account")
    op.drop_index(op.f("ix_account_name_key_country"), table_name="account")
    op.drop_table("account")
