"""People, roles, secrets, the audit log and erasure."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_UNSEALED = sa.text("seq IS NULL")

_KEY_COLUMNS = (
    ("expires_at", _TIME),
    ("previous_hash", sa.String(length=64)),
    ("previous_until", _TIME),
    ("person", sa.String(length=40)),
    ("created_by", sa.String(length=255)),
)


def upgrade() -> None:
    for name, kind in _KEY_COLUMNS:
        op.add_column("api_key", sa.Column(name, kind, nullable=True))
    op.add_column("contact", sa.Column("erased_at", _TIME, nullable=True))
    op.add_column("decision", sa.Column("erased_at", _TIME, nullable=True))
    _people()
    _audit()
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("erased", _JSON, nullable=False),
        sa.Column("lifted_at", _TIME, nullable=True),
        sa.Column("lifted_by", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("subject", name=op.f("uq_erasure_subject")),
    )


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("roles", _JSON, nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("subject", sa.String(length=600), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("signed_in_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("subject", name=op.f("uq_person_subject")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("api_key", sa.String(length=40), nullable=True),
        sa.Column("begun_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.CheckConstraint("(person IS NULL) <> (api_key IS NULL)", name=op.f("ck_session_whose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_person"), "session", ["person"], unique=False)
    op.create_index(op.f("ix_session_seen_at"), "session", ["seen_at"], unique=False)
    op.create_table(
        "one_time",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("data", _JSON, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time")),
    )
    op.create_index(op.f("ix_one_time_expires_at"), "one_time", ["expires_at"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("actor_id", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("detail", _JSON, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("uq_audit_seq", "audit", ["seq"], unique=True)
    op.create_index(
        "ix_audit_unsealed",
        "audit",
        ["id"],
        unique=False,
        sqlite_where=_UNSEALED,
        postgresql_where=_UNSEALED,
    )
    for column in ("subject", "actor", "action"):
        op.create_index(op.f(f"ix_audit_{column}_id"), "audit", [column, "id"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def downgrade() -> None:
    for table in ("erasure", "audit_head", "audit", "one_time", "session", "person"):
        op.drop_table(table)
    op.drop_column("decision", "erased_at")
    op.drop_column("contact", "erased_at")
    for name, _ in reversed(_KEY_COLUMNS):
        op.drop_column("api_key", name)
