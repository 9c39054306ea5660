"""Reports on strategic accounts that were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account_report",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("made_at", _TIME, nullable=True),
        sa.Column("document", _JSON, nullable=True),
        sa.CheckConstraint("since < until", name=op.f("ck_account_report_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_report")),
        sa.UniqueConstraint(
            "account", "reason", "subject", name=op.f("uq_account_report_account_reason_subject")
        ),
    )
    op.create_index(
        op.f("ix_account_report_account_asked_at"), "account_report", ["account", "asked_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_account_report_account_asked_at"), table_name="account_report")
    op.drop_table("account_report")
