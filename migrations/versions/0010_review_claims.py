"""Who works on which open matter of the review queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "review_claim",
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_review_claim")),
    )
    op.create_index(op.f("ix_review_claim_until"), "review_claim", ["until"])


def downgrade() -> None:
    op.drop_table("review_claim")
