"""Decisions say whether they mention another address: so somebody's data are found without reading all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_MENTIONING = sa.text("mentions IS NOT FALSE")


def upgrade() -> None:
    op.add_column("decision", sa.Column("mentions", sa.Boolean(), nullable=True))
    op.create_index(op.f("ix_decision_email_at"), "decision", ["email", "at"])
    op.create_index(
        "ix_decision_mentions",
        "decision",
        ["id"],
        sqlite_where=_MENTIONING,
        postgresql_where=_MENTIONING,
    )


def downgrade() -> None:
    op.drop_index("ix_decision_mentions", table_name="decision")
    op.drop_index(op.f("ix_decision_email_at"), table_name="decision")
    op.drop_column("decision", "mentions")
