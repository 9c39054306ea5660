"""Signals of accounts, what they add up to by day, kind and person, and what they activated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "activation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=255), nullable=True),
        sa.Column("stage", sa.String(length=64), nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("settings", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.CheckConstraint("at < until", name=op.f("ck_activation_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation")),
        sa.UniqueConstraint("account", "number", name=op.f("uq_activation_account_number")),
    )
    op.create_index(op.f("ix_activation_at_id"), "activation", ["at", "id"], unique=False)
    op.create_index(
        "ix_activation_undecided",
        "activation",
        ["at"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "signal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("topic", sa.String(length=255), nullable=True),
        sa.Column("stage", sa.String(length=64), nullable=True),
        sa.Column("campaign", sa.String(length=255), nullable=True),
        sa.Column("person", sa.String(length=330), nullable=True),
        sa.Column("contact", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("said", _JSON, nullable=False),
        sa.Column("account", sa.String(length=255), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("likely", _JSON, nullable=True),
        sa.Column("placed_by", sa.String(length=255), nullable=True),
        sa.Column("placed_at", _TIME, nullable=True),
        sa.Column("tried_at", _TIME, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_signal_source_external_id")),
    )
    op.create_index(op.f("ix_signal_account_at"), "signal", ["account", "at"], unique=False)
    op.create_index(op.f("ix_signal_contact"), "signal", ["contact"], unique=False)
    op.create_index(op.f("ix_signal_email"), "signal", ["email"], unique=False)
    op.create_index(
        "ix_signal_unplaced",
        "signal",
        ["id"],
        unique=False,
        sqlite_where=sa.text("account IS NULL"),
        postgresql_where=sa.text("account IS NULL"),
    )
    op.create_index(
        "ix_signal_untried",
        "signal",
        ["tried_at"],
        unique=False,
        sqlite_where=sa.text("account IS NULL"),
        postgresql_where=sa.text("account IS NULL"),
    )
    op.create_table(
        "signal_account",
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("signals", sa.BigInteger(), nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("topic", sa.String(length=255), nullable=True),
        sa.Column("topic_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_signal_account")),
    )
    op.create_index(op.f("ix_signal_account_last_at"), "signal_account", ["last_at"], unique=False)
    op.create_table(
        "signal_day",
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "kind", "day", name=op.f("pk_signal_day")),
    )
    op.create_index(op.f("ix_signal_day_day_account"), "signal_day", ["day", "account"], unique=False)
    op.create_table(
        "signal_kind",
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("half_life", sa.Float(), nullable=False),
        sa.Column("most_a_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "kind", name=op.f("pk_signal_kind")),
    )
    op.create_table(
        "signal_person_day",
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=330), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "day", "person", name=op.f("pk_signal_person_day")),
    )
    op.create_index(
        op.f("ix_signal_person_day_day_account"), "signal_person_day", ["day", "account"], unique=False
    )
    op.create_index(op.f("ix_signal_person_day_person"), "signal_person_day", ["person"], unique=False)
    op.create_table(
        "signal_stage",
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("account", "source", name=op.f("pk_signal_stage")),
    )


def downgrade() -> None:
    op.drop_table("signal_stage")
    op.drop_index(op.f("ix_signal_person_day_person"), table_name="signal_person_day")
    op.drop_index(op.f("ix_signal_person_day_day_account"), table_name="signal_person_day")
    op.drop_table("signal_person_day")
    op.drop_table("signal_kind")
    op.drop_index(op.f("ix_signal_day_day_account"), table_name="signal_day")
    op.drop_table("signal_day")
    op.drop_index(op.f("ix_signal_account_last_at"), table_name="signal_account")
    op.drop_table("signal_account")
    op.drop_index(
        "ix_signal_untried",
        table_name="signal",
        sqlite_where=sa.text("account IS NULL"),
        postgresql_where=sa.text("account IS NULL"),
    )
    op.drop_index(
        "ix_signal_unplaced",
        table_name="signal",
        sqlite_where=sa.text("account IS NULL"),
        postgresql_where=sa.text("account IS NULL"),
    )
    op.drop_index(op.f("ix_signal_email"), table_name="signal")
    op.drop_index(op.f("ix_signal_contact"), table_name="signal")
    op.drop_index(op.f("ix_signal_account_at"), table_name="signal")
    op.drop_table("signal")
    op.drop_index(
        "ix_activation_undecided",
        table_name="activation",
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.drop_index(op.f("ix_activation_at_id"), table_name="activation")
    op.drop_table("activation")
