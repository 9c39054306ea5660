"""Keyed hashes of what other systems called people whose data was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "erased_id",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("erasure_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"], name=op.f("fk_erased_id_erasure_id")),
        sa.PrimaryKeyConstraint("subject", "erasure_id", name=op.f("pk_erased_id")),
    )


def downgrade() -> None:
    op.drop_table("erased_id")
