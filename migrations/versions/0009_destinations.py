"""Destinations of several kinds, and answers that reps give by links, each once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("destination", sa.Column("settings", _JSON, nullable=True))
    op.add_column("destination", sa.Column("credentials", _JSON, nullable=True))
    op.create_table(
        "link_use",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("used_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_use")),
    )
    op.create_index(op.f("ix_link_use_ends_at"), "link_use", ["ends_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_link_use_ends_at"), table_name="link_use")
    op.drop_table("link_use")
    op.drop_column("destination", "credentials")
    op.drop_column("destination", "settings")
